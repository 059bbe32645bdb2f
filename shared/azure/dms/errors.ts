// Explains an error of Azure and what to do about it. The one place that decides: the first row of the table that is
// met.
import type { EngineFailure } from "../../migration/observed.ts";
import type { ArmOperationId } from "../arm/armOperations.ts";
import { ERROR_TABLE, UNKNOWN } from "./errorTable.ts";
import type { Explanation } from "./explanations/explanation.ts";

/** A raw pair, and where it was told: a status and an operation with a refusal, neither with the outcome of a run. */
export interface RawError {
  readonly code: string;
  readonly message: string;
  readonly status?: number;
  readonly operation?: ArmOperationId;
}

const ROWS = ERROR_TABLE.flatMap(({ rows }) => rows);

/** Cause and remedy of a raw error; never fails, an unknown one is explained as such. The raw pair is kept. */
export function explain(error: RawError): EngineFailure {
  const { code, message } = error;
  const { cause, remedy, kind, sqlError = sqlErrorIn(message) } = rowOf(error) ?? UNKNOWN;
  return { code, message, cause, remedy, kind, ...(sqlError !== undefined && { sqlError }) };
}

/** The row that explains; undefined when none does. */
export const rowOf = (error: RawError): Explanation | undefined => ROWS.find((row) => isMet(row, error));

function isMet({ codes, statuses, operations, kind, ...words }: Explanation, error: RawError): boolean {
  const { code, message, status, operation } = error;
  // that something has succeeded all the same is believed of the code alone: a name in a text may be part of another
  // story
  const names = kind === "done" ? isCode : namesCode;
  return (
    (codes?.some((one) => names(one, code, message)) ?? true) &&
    (statuses?.some((one) => isStatus(one, status)) ?? true) &&
    (operations === undefined || (operation !== undefined && operations.includes(operation))) &&
    saysSo(words, code, message)
  );
}

// Two numbers belong together ("3201 … operating system error 5"); a number alone may stand for its text, and the
// text for it.
function saysSo(
  { says = [], sqlError, osError }: Pick<Explanation, "says" | "sqlError" | "osError">,
  code: string,
  message: string,
): boolean {
  if (says.some((phrase) => hasPhrase(message, phrase))) return true;
  if (sqlError === undefined && osError === undefined) return says.length === 0;
  return (
    (sqlError === undefined || code === String(sqlError) || sqlErrorsIn(message).includes(sqlError)) &&
    (osError === undefined || osErrorIn(message) === osError)
  );
}

// Since 2025 the number stands only in a link of the message: "...#error-code-2009---migrationrestorefailed".
function isCode(expected: string, code: string, message: string): boolean {
  const wanted = expected.toLowerCase();
  return (
    code.toLowerCase() === wanted || (/^\d+$/.test(wanted) && message.toLowerCase().includes(`error-code-${wanted}-`))
  );
}

const namesCode = (expected: string, code: string, message: string): boolean =>
  isCode(expected, code, message) ||
  (!/^\d+$/.test(expected) && new RegExp(`(?<![a-z0-9])${expected}(?![a-z0-9])`, "i").test(message));

const isStatus = (pattern: string, status: number | undefined): boolean =>
  status !== undefined && (pattern === String(status) || pattern === `${String(status).charAt(0)}xx`);

function hasPhrase(message: string, phrase: string): boolean {
  const text = message.toLowerCase().replaceAll(/\s+/g, " ").replaceAll("\\\\", "\\");
  let from = 0;
  return phrase
    .toLowerCase()
    .split("…")
    .map((part) => part.trim())
    .every((part) => {
      const at = text.indexOf(part, from);
      from = at + part.length;
      return at >= 0;
    });
}

const OS_ERROR = /(?:operating system (?:returned the )?error|os error)[ :]*'?(\d{1,5})/i;

const osErrorIn = (message: string): number | undefined => numberIn(OS_ERROR, message);

// "Error 3634", "Msg 3634", "SQL error number: 3634", "backup with index 1 - 3634 The operating system …"
const SQL_ERROR = /(?:(?<!system |os )\berror(?: number)?|\bmsg|\bindex \d+ -)[ :#]*(\d{3,5})(?![\w-])/i;

/**
 * The numbers of SQL Server's messages that the text tells: where it says so, or begins with one; a page, a size or a
 * folder is none.
 */
const sqlErrorsIn = (message: string): readonly number[] =>
  [...message.matchAll(new RegExp(`^\\s*(\\d{3,5})(?![\\w.-])|${SQL_ERROR.source}`, "gi"))].map(([, first, told]) =>
    Number(first ?? told),
  );

/** "RESTORE DATABASE is terminating abnormally.": said after every error, in place of none. */
const TERMINATING = 3013;

/** The first of them that is announced as one, and says why. */
function sqlErrorIn(message: string): number | undefined {
  const announced = [...message.matchAll(new RegExp(SQL_ERROR.source, "gi"))].map(([, told]) => Number(told));
  return announced.find((number) => number !== TERMINATING) ?? announced[0];
}

function numberIn(pattern: RegExp, message: string): number | undefined {
  const found = pattern.exec(message)?.[1];
  return found === undefined ? undefined : Number(found);
}
