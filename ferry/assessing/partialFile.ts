// Keeps what an assessment of a server has read so far beside its output file, so that an interrupted run can continue.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { type InsideFacts, WrittenInside } from "../../shared/sqlserver/databaseFacts.ts";

export interface Kept {
  readonly known: readonly InsideFacts[];
  /** When the interrupted run began; absent: this one begins anew. */
  readonly since?: string;
  keep(inside: InsideFacts): void;
}

/** Of an assessment that is saved to `save`. */
export const partialOf = (save: string): string => `${save}.partial`;

const Head = z.object({ server: z.string(), user: z.string(), startedAt: z.string() });
const DAY = 86_400_000;

/**
 * Its first line says of which server, by whom and when; each further one is a database. What another login has seen,
 * or what is older than a day, does not count.
 */
export function keptIn(file: string, server: string, user: string): Kept {
  const [first, ...lines] = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const keep = (inside: InsideFacts): void => appendFileSync(file, `${JSON.stringify(inside)}\n`);
  const head = Head.safeParse(parsed(first));
  const isOurs = head.success && head.data.server === server && head.data.user === user;
  if (!isOurs || Date.now() - Date.parse(head.data.startedAt) > DAY) {
    writeFileSync(file, `${JSON.stringify({ server, user, startedAt: new Date().toISOString() })}\n`);
    return { known: [], keep };
  }
  const known = lines.flatMap((line) => {
    const read = WrittenInside.safeParse(parsed(line));
    return read.success ? [read.data] : [];
  });
  // A line that was half written must not swallow the next one.
  appendFileSync(file, "\n");
  return { known, since: head.data.startedAt, keep };
}

/** undefined: the run was interrupted while it wrote this line. */
function parsed(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? "");
  } catch {
    return undefined;
  }
}
