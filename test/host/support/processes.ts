// Starts the processes that the tests of the host need, and waits for them.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "../../../local/ports.ts";

export { freePorts };

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
export const appDir = (name: string): string => join(ROOT, "test", "host", "apps", name);

/** A new folder, which the caller removes. */
export const temporaryDir = (): string => mkdtempSync(join(tmpdir(), "host-test-"));
export const removeDir = (dir: string): void => rmSync(dir, { recursive: true, force: true });

/** Longer than anything takes on the slowest machine; ends only what would hang. */
const PATIENCE_SECONDS = 300;

/** Asks repeatedly until there is an answer; fails at the time limit, and says what was waited for. */
export async function until<Answer>(what: string, ask: () => Promise<Answer | undefined | false>): Promise<Answer> {
  const end = Date.now() + PATIENCE_SECONDS * 1_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`Waited ${PATIENCE_SECONDS} seconds in vain: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const listen = (): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject).listen(0, "127.0.0.1", () => resolve(server));
  });

export interface Azurite {
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** Azurite's public development account. */
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

export async function startAzurite(): Promise<Azurite> {
  const [blob = 0, queue = 0, table = 0] = await freePorts(3);
  const script = join(ROOT, "node_modules", "azurite", "dist", "src", "azurite.js");
  const flags = ["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence"];
  const ports = ["--blobPort", `${blob}`, "--queuePort", `${queue}`, "--tablePort", `${table}`];
  const child = spawn(process.execPath, [script, ...flags, ...ports], { stdio: "ignore" });
  const answers = (port: number) =>
    fetch(`http://127.0.0.1:${port}/devstoreaccount1`).then(
      () => true,
      () => false,
    );
  await until("Azurite", async () => (await answers(blob)) && (await answers(queue)));
  const endpoint = (service: string, port: number) => `${service}Endpoint=http://127.0.0.1:${port}/devstoreaccount1;`;
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${KEY};${endpoint("Blob", blob)}${endpoint("Queue", queue)}`,
    stop: () => kill(child, "SIGTERM"),
  };
}

export interface HostProcess {
  readonly port: number;
  /** What the process has printed so far. */
  output(): string;
  hasExited(): boolean;
  /** Resolves to its exit code. */
  readonly exited: Promise<number | null>;
  kill(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** Starts the host as a process, without waiting until it is up. */
export function spawnHost(
  port: number,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): HostProcess {
  const script = join(ROOT, "local", "host", "start.ts");
  const child = spawn(process.execPath, [script, "--port", `${port}`, ...flags], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text: Buffer) => (output += text.toString("utf8")));
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return { port, output: () => output, hasExited, exited, kill: (signal) => kill(child, signal) };
}

/** Waits until a host answers that it is running; fails at once when it has exited. */
export async function untilRunning(host: HostProcess): Promise<void> {
  await until("the host to be running", async () => {
    if (host.hasExited()) throw new Error(`The host has exited: ${host.output()}`);
    return fetch(`http://127.0.0.1:${host.port}/admin/host/status`).then(
      ({ status }) => status === 200,
      () => false,
    );
  });
}

async function kill(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

/** What the sample apps wrote into their file of notes. */
export function notesIn(file: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  } catch {
    return [];
  }
}
