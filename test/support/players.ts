// Replaces az and azd by scripts that answer from a table, and note how they were called.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export const CLIENT = "11111111-2222-3333-4444-555555555555";
export const skip = process.platform === "win32" ? "the players are scripts with a shebang" : false;

/**
 * A call is answered by the first line whose words it contains, in this order. After `times` answers the next line
 * counts.
 */
export interface Line {
  readonly when: string;
  readonly answer?: unknown;
  readonly error?: string;
  readonly times?: number;
  /** The caller is interrupted, as by Ctrl-C. */
  readonly interrupts?: boolean;
}

export interface Played {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The calls of az and azd; a body is given by its content. */
  readonly calls: (string | Record<string, unknown>)[][];
}

/** Runs a script of infra/ with these answers. */
export function play(script: string, env: Record<string, string>, lines: readonly Line[], args: string[] = []): Played {
  const folder = mkdtempSync(join(tmpdir(), "sqlferry-players-"));
  try {
    const said = join(folder, "said.jsonl");
    const player = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync } = require("node:fs");
const args = process.argv.slice(2).map((arg) => (arg.startsWith("@") ? JSON.parse(readFileSync(arg.slice(1), "utf8")) : arg));
const call = [require("node:path").basename(process.argv[1]), ...args];
const before = existsSync(${JSON.stringify(said)}) ? readFileSync(${JSON.stringify(said)}, "utf8").trim().split("\\n").map((line) => JSON.parse(line)) : [];
appendFileSync(${JSON.stringify(said)}, JSON.stringify(call) + "\\n");
const text = (one) => one.filter((part) => typeof part === "string").join(" ");
const fits = (line, one) => line.when.split(" ").every((word) => text(one).split(" ").some((part) => part.includes(word)));
const lines = ${JSON.stringify(lines)};
const line = lines.find((one) => fits(one, call) && (one.times === undefined || before.filter((other) => fits(one, other)).length < one.times));
if (line?.interrupts) process.kill(process.ppid, "SIGINT");
if (line?.error !== undefined) { console.error(line.error); process.exit(1); }
if (line?.answer !== undefined) console.log(JSON.stringify(line.answer));
`;
    for (const name of ["az", "azd"]) {
      writeFileSync(join(folder, name), player);
      chmodSync(join(folder, name), 0o755);
    }
    const { PATH = "" } = process.env;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", script, ...args],
      { env: { PATH: `${folder}${delimiter}${PATH}`, ...env }, encoding: "utf8" },
    );
    const calls = existsSync(said)
      ? readFileSync(said, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line))
      : [];
    return { status, stdout, stderr, calls };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The arguments of a call, without its bodies. */
export const wordsOf = (call: readonly unknown[]): string => call.filter((part) => typeof part === "string").join(" ");
