// Defines what a verb of the command line is, and parses the operands and options of one call.
import { type ParseArgsConfig, parseArgs } from "node:util";
import { EXIT, type ExitCode, FerryError } from "./exit.ts";

export interface Command {
  /** "upload FOLDER --database NAME". */
  readonly usage: string;
  /** One line for the help. */
  readonly summary: string;
  readonly options: NonNullable<ParseArgsConfig["options"]>;
  /** Of a wrong word, where 2 means something else. */
  readonly usageExit?: ExitCode;
  run(given: Given): Promise<ExitCode>;
}

/** Operands and options of one call. */
export interface Given {
  readonly operands: readonly string[];
  text(option: string): string | undefined;
  /** Of an option that may be given several times. */
  texts(option: string): readonly string[];
  flag(option: string): boolean;
}

/** Options of every verb that talks to the API. */
export const API_OPTIONS = { api: { type: "string" }, json: { type: "boolean" } } as const;

/** Splits the words after the verb; an unknown option or one without its value is a usage error. */
export function parseGiven(command: Command, words: readonly string[]): Given {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options: command.options, allowPositionals: true });
    return {
      operands: positionals,
      text: (option) => (typeof values[option] === "string" ? values[option] : undefined),
      texts: (option) => [values[option] ?? []].flat().map(String),
      flag: (option) => values[option] === true,
    };
  } catch (error) {
    throw usageError(command, (error as Error).message);
  }
}

/** The only operand; none or several are a usage error. */
export function onlyOperand(command: Command, { operands }: Given): string {
  const [operand] = operands;
  if (operand === undefined || operands.length > 1)
    throw usageError(command, `Expected one argument, found ${operands.length}.`);
  return operand;
}

export const usageError = (command: Command, message: string): FerryError =>
  new FerryError(command.usageExit ?? EXIT.usage, `${message}\nUsage: ferry ${command.usage}`);

/** --force is never used without its reason. */
export function refuseForceWithoutReason(command: Command, given: Given): void {
  if (given.flag("force") && given.text("reason") === undefined)
    throw usageError(command, "Why? --force takes --reason TEXT, which is written into the audit.");
}

/** One of these words; absent when it was not given. */
export function oneOf<const Words extends readonly string[]>(
  command: Command,
  given: Given,
  option: string,
  words: Words,
): Words[number] | undefined {
  const value = given.text(option);
  if (value === undefined || words.includes(value)) return value;
  throw usageError(command, `--${option} is ${words.join(" or ")}, not "${value}".`);
}

/** A number of seconds from 0 on. */
export function seconds(command: Command, given: Given, option: string, otherwise: number): number {
  const value = given.text(option);
  if (value === undefined) return otherwise;
  if (!/^\d+(\.\d+)?$/.test(value)) throw usageError(command, `--${option} is a number of seconds, not "${value}".`);
  return Number(value);
}
