// How does the app run on one machine? In the local Functions host, a child that can be killed, and started again with the same data.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, startChild, statusOf } from "./childProcess.ts";

export interface HostProcess {
  /** Resolves when it serves. `appFolder`: of another build than this checkout's. */
  start(appFolder?: string): Promise<void>;
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
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Not yet started. */
export function hostProcess({ port, url, dataFolder, systemKey, settings, strict }: HostProcessOptions): HostProcess {
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
  let running: Child | undefined;
  const end = async (how: "stop" | "kill") => {
    const child = running;
    running = undefined;
    await child?.[how]();
  };
  return {
    lost,
    stop: () => end("stop"),
    kill: () => end("kill"),
    start: async (appFolder = ROOT) => {
      const child = await startChild({
        name: "The Functions host",
        args: [
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
