// Parses what follows `npm start --`: ports, folder, a fresh start, no examples.
import { resolve } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import type { Ports } from "./stack.ts";

/** Those of the stack, and of the source server beside it. */
export type StartPorts = Ports & { readonly sql: number };

export interface StartArguments {
  readonly ports: StartPorts;
  /** Absolute. */
  readonly dataFolder: string;
  readonly fresh: boolean;
  readonly examples: boolean;
  /** Rebuild the app and restart the host when a source changes. */
  readonly watch: boolean;
}

interface PortFlag {
  readonly port: keyof StartPorts;
  readonly default: number;
  readonly serves: string;
}

/** Flag → which port it chooses. */
export const PORT_FLAGS: Readonly<Record<string, PortFlag>> = {
  port: { port: "host", default: 7071, serves: "page and API" },
  "blob-port": { port: "blob", default: 10_000, serves: "blobs" },
  "queue-port": { port: "queue", default: 10_001, serves: "queues" },
  "table-port": { port: "table", default: 10_002, serves: "tables" },
  "arm-port": { port: "arm", default: 7073, serves: "the emulator of Azure Resource Manager" },
  "events-port": { port: "events", default: 7074, serves: "Event Grid and the Teams cards" },
  "sql-port": { port: "sql", default: 14_330, serves: "the stand-in of a source server" },
};

export const HELP = [
  "npm start -- [flags]",
  ...Object.entries(PORT_FLAGS).map(([flag, { default: port, serves }]) => `  --${flag} ${port}`.padEnd(26) + serves),
  "  --data .local           folder that keeps everything",
  "  --fresh                 begin anew: forget what is in the folder",
  "  --no-examples           upload no example databases",
  "  --watch                 rebuild the app and restart the host when a source changes (npm run dev)",
].join("\n");

/** The arguments, or what is wrong with them. */
export function parseStart(words: readonly string[]): StartArguments | { readonly wrong: string } {
  const options: NonNullable<ParseArgsConfig["options"]> = {
    ...Object.fromEntries(Object.keys(PORT_FLAGS).map((flag) => [flag, { type: "string" }])),
    data: { type: "string" },
    fresh: { type: "boolean" },
    "no-examples": { type: "boolean" },
    watch: { type: "boolean" },
  };
  try {
    const { values } = parseArgs({ args: [...words], options });
    const ports = Object.entries(PORT_FLAGS).map(
      ([flag, { port, default: usual }]) => [port, portOf(flag, values[flag], usual)] as const,
    );
    const twice = ports.find(([, port], index) => ports.findIndex(([, other]) => other === port) !== index);
    if (twice) throw new Error(`Port ${twice[1]} is chosen twice.`);
    return {
      ports: Object.fromEntries(ports) as unknown as StartPorts,
      dataFolder: resolve(String(values["data"] ?? ".local")),
      fresh: values["fresh"] === true,
      examples: values["no-examples"] !== true,
      watch: values["watch"] === true,
    };
  } catch (error) {
    return { wrong: (error as Error).message };
  }
}

function portOf(flag: string, value: unknown, usual: number): number {
  const port = value === undefined ? usual : Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`--${flag} is a port number, not "${value}".`);
  return port;
}
