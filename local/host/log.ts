// Chooses and formats the lines that the host prints.

const LEVELS = ["trace", "debug", "information", "warning", "error", "critical"] as const;
export type LogLevel = (typeof LEVELS)[number];

/** One line: how bad, about what (a function or a part of the host), what. */
export type Log = (level: LogLevel, category: string, message: string) => void;

/** Prints to standard output what is at least this bad. */
export function printFrom(least: LogLevel): Log {
  const from = LEVELS.indexOf(least);
  return (level, category, message) => {
    if (LEVELS.indexOf(level) >= from) console.log(`[${new Date().toISOString()}] ${level} ${category}: ${message}`);
  };
}

/** The level of this name, or undefined when there is none. */
export const logLevel = (name: string): LogLevel | undefined => LEVELS.find((level) => level === name);

/** What a log shows of something thrown: its stack, or itself. */
export const describe = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : `thrown: ${String(thrown)}`;
