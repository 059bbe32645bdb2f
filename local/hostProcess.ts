// Runs the app in the local Functions host, a child process that can be killed and started again with the same data.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, startChild, statusOf } from "./childProcess.ts";

export interface HostProcess {
  /** Resolves when it serves. `appFolder`: of another build than that of the options. */
  start(appFolder?: string): Promise<void>;
  /** Undefined while it does not run. */
  pid(): number | undefined;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** Resolves when it ends without having been asked to. */
  readonly lost: Promise<void>;
}

export interface HostProcessOptions {
  readonly port: number;
  readonly url: string;
  /** Of the whole stack. */
  readonly dataFolder: string;
  readonly systemKey: string;
  readonly settings: Readonly<Record<string, string>>;
  /** False: what the official host would punish is a warning in the log. */
  readonly strict: boolean;
  /** Absent: this checkout, as it is built. */
  readonly appFolder?: string;
}

/**
 * Node sizes its heap by the machine, and lets garbage lie about while there is room: on a large one the process of app
 * and host would grow to 350 MiB, of which 50 are in use.
 */
const HEAP = ["--max-old-space-size=512", "--max-semi-space-size=8"];

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Not yet started. */
export function hostProcess(options: HostProcessOptions): HostProcess {
  const { port, url, dataFolder, systemKey, settings, strict } = options;
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
  let running: Child | undefined;
  const end = async (how: "stop" | "kill") => {
    const child = running;
    running = undefined;
    await child?.[how]();
  };
  return {
    lost,
    pid: () => running?.pid,
    stop: () => end("stop"),
    kill: () => end("kill"),
    start: async (appFolder = options.appFolder ?? ROOT) => {
      const child = await startChild({
        name: "The Functions host",
        args: [
          ...HEAP,
          join(ROOT, "local", "host", "start.ts"),
          ...["--port", `${port}`, "--data", join(dataFolder, "host"), "--app", appFolder],
          ...["--users", join(ROOT, "local", "users.json"), "--system-key", systemKey],
          ...(strict ? [] : ["--no-strict"]),
        ],
        env: { ...withoutAzureSignIn(process.env), ...settings },
        logFile: join(dataFolder, "logs", "host.log"),
        isReady: async () => (await statusOf(`${url}/admin/host/status`)) === 200,
      });
      running = child;
      void child.exited.then(() => {
        if (running === child) lose();
      });
    },
  };
}

/** A developer's own sign-in to Azure has no business in the local stack. */
const withoutAzureSignIn = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(AZURE|IDENTITY|MSI)_/.test(name)));
