// Asks the official Bicep compiler, one process for many questions: `bicep jsonrpc`, JSON-RPC 2.0 over its standard
// streams.
import { spawn } from "node:child_process";

export interface Bicep {
  /** The ARM template of a .bicep file, or the compiler's complaints. */
  compile(file: string): Promise<{ readonly template: Template | undefined; readonly complaints: readonly string[] }>;
  /**
   * The resources that a deployment of a .bicepparam file would consist of, as `bicep snapshot` predicts them;
   * rejects with the compiler's complaints.
   */
  predict(file: string): Promise<Prediction>;
  stop(): void;
}

export interface Template {
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export interface Parameter {
  readonly type?: string;
  /** A type of the template's own. */
  readonly $ref?: string;
  readonly defaultValue?: unknown;
  readonly allowedValues?: readonly unknown[];
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly metadata?: { readonly description?: string };
}

export interface Prediction {
  readonly predictedResources: readonly Resource[];
  readonly diagnostics: readonly unknown[];
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** What only Azure knows stays an expression in brackets: "[reference(…)]". */
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: Readonly<Record<string, unknown>>;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** The places of a deployment that nobody makes. */
const NOWHERE = {
  tenantId: "00000000-0000-0000-0000-00000000000a",
  subscriptionId: "00000000-0000-0000-0000-000000000001",
  resourceGroup: null,
  location: "westeurope",
  deploymentName: "sqlferry",
};

/** Starts the executable that BICEP names, or `bicep`. Rejects when there is none. */
export async function startBicep(executable = process.env["BICEP"] || "bicep"): Promise<Bicep> {
  const child = spawn(executable, ["jsonrpc", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let end: Error | undefined;
  const endWith = (error: Error) => {
    end ??= error;
    for (const { reject } of waiting.values()) reject(end);
  };
  child.on("error", (error) =>
    endWith(new Error(`The Bicep compiler "${executable}" did not start: ${error.message}`)),
  );
  child.on("exit", (code) => endWith(new Error(`The Bicep compiler ended with ${code}.`)));
  child.stdin.on("error", endWith);
  readMessages(child.stdout, ({ id, result, error }) => {
    const question = waiting.get(id);
    waiting.delete(id);
    if (error) question?.reject(new Error(error.message));
    else question?.resolve(result);
  });

  let asked = 0;
  const ask = <Result>(method: string, params: object): Promise<Result> =>
    new Promise<unknown>((resolve, reject) => {
      if (end) return reject(end);
      const text = JSON.stringify({ jsonrpc: "2.0", id: ++asked, method, params });
      waiting.set(asked, { resolve, reject });
      child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    }) as Promise<Result>;

  await ask("bicep/version", {});
  return {
    async compile(path) {
      const { contents, diagnostics } = await ask<Compilation>("bicep/compile", { path });
      return {
        template: contents ? (JSON.parse(contents) as Template) : undefined,
        complaints: diagnostics.map(({ source, level, code, message }) => `${source}: ${level} ${code}: ${message}`),
      };
    },
    async predict(path) {
      const { snapshot } = await ask<{ snapshot: string }>("bicep/getSnapshot", {
        path,
        metadata: NOWHERE,
        externalInputs: null,
      });
      return inOrder(JSON.parse(snapshot) as Prediction);
    },
    stop: () => void child.kill(),
  };
}

interface Compilation {
  readonly contents?: string;
  readonly diagnostics: readonly { source: string; level: string; code: string; message: string }[];
}

interface Message {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Each message follows a header with its length in bytes. */
function readMessages(stream: NodeJS.ReadableStream, receive: (message: Message) => void): void {
  let bytes = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const header = bytes.indexOf("\r\n\r\n");
      if (header < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(bytes.toString("latin1", 0, header))?.[1]);
      const end = header + 4 + length;
      if (bytes.length < end) return;
      receive(JSON.parse(bytes.toString("utf8", header + 4, end)) as Message);
      bytes = bytes.subarray(end);
    }
  });
}

/** The compiler's order of resources and members is not always the same; a golden file's is. */
function inOrder(prediction: Prediction): Prediction {
  const predictedResources = prediction.predictedResources.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return sorted({ ...prediction, predictedResources }) as Prediction;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
