// Prints answers on a terminal: aligned columns, or JSON for scripts.
import type { ListLine } from "../../shared/api/answers/migrations.ts";

export const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** LSNs become decimal text. */
export const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? one.toString() : one), 2);

export const printJson = (value: unknown): void => print(jsonOf(value));

/** Columns as wide as their longest cell, two blanks apart. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => printable(cell).padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/**
 * Columns of the terminal that standard output is; undefined where it is none, and lines may be as long as they are.
 */
export const terminalWidth = (): number | undefined => (process.stdout.isTTY ? process.stdout.columns : undefined);

/** A paragraph whose lines begin with `indent`, broken at blanks where a line would pass `width`. */
export function paragraph(text: string, indent: string, width: number | undefined = terminalWidth()): string {
  if (width === undefined) return indent + text;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, indent + line].join("\n");
}

/** File names are anybody's: nothing in them may steer the terminal. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, "?");

/** "1 file", "3 files". */
export const countOf = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;

/** "2025-11-24 20:55:00 UTC" of an instant; "" where there is none. */
export const utcText = (instant: string | undefined): string =>
  instant ? `${instant.slice(0, 19).replace("T", " ")} UTC` : "";

export const timeOf = (position: ListLine["restoredTo"] | undefined): string =>
  position && "time" in position ? position.time.replace("T", " ") : "";

/** 1536 -> "1.5 KB", in steps of 1024. */
export function sizeText(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[step]}`;
}
