// Decides whether T-SQL does nothing but read. Every statement is asked before it is sent to a source; pure, and
// stricter than T-SQL.
import { type Token, tokensOf } from "./tsql.ts";

/** What a statement may begin with; statements are separated by semicolons. */
const STATEMENTS = ["SELECT", "SET", "DECLARE", "USE", "DBCC"];

/** DBCC commands that only tell. */
const DBCC = ["TRACESTATUS"];

/** SET of a session's own ways; any other SET is refused, SET IDENTITY_INSERT among them. */
const SETTINGS =
  /^(NOCOUNT|DEADLOCK_PRIORITY|TEXTSIZE|DATEFIRST|DATEFORMAT|ANSI_NULLS|ANSI_NULL_DFLT_ON|ANSI_PADDING|ANSI_WARNINGS|ARITHABORT|CONCAT_NULL_YIELDS_NULL|CURSOR_CLOSE_ON_COMMIT|LANGUAGE|NUMERIC_ROUNDABORT|QUOTED_IDENTIFIER|TRANSACTION ISOLATION LEVEL|XACT_ABORT)$/i;

/** Words that write, lock, run other code, reach other servers or wait, wherever they stand unquoted. */
const FORBIDDEN = new Set(
  (
    "ADD ALTER BACKUP BEGIN BULK CHECKPOINT CLOSE COMMIT CONVERSATION CREATE CURSOR DELETE DENY DISABLE DROP DUMP ENABLE EXEC EXECUTE FETCH GO GOTO GRANT " +
    "HOLDLOCK IF INSERT INTO KILL LOAD MERGE OPENDATASOURCE OPENQUERY OPENROWSET OPENXML RAISERROR RECEIVE RECONFIGURE RESTORE REVERT REVOKE ROLLBACK " +
    "REPEATABLEREAD SAVE SEND SERIALIZABLE SHUTDOWN SETUSER TABLOCK TABLOCKX THROW TRAN TRUNCATE UPDATE UPDATETEXT UPDLOCK WAITFOR WHILE WRITETEXT XLOCK"
  ).split(" "),
);

/** Milliseconds. Whoever waits longer for a lock makes others wait behind it. */
const LOCK_TIMEOUT = "5000";

/** undefined: it only reads. Otherwise why not, for people. */
export function whyNotReadOnly(sql: string): string | undefined {
  let tokens: readonly Token[];
  try {
    tokens = tokensOf(sql);
  } catch (error) {
    return (error as Error).message;
  }
  const forbidden = tokens.find(isForbidden);
  if (forbidden) return `${forbidden.text.toUpperCase()} does not only read`;
  if ([...tokens.keys()].some((at) => isSequence(tokens, at))) return "NEXT VALUE FOR changes a sequence";
  if ([...tokens.keys()].some((at) => isOfFourParts(tokens, at))) return "a name of four parts reaches another server";
  const statements = statementsOf(tokens);
  if (statements.length === 0) return "there is no statement";
  return statements.map(whyNotOne).find((why) => why !== undefined);
}

/** System procedures count however they are quoted; nothing of ours has such a name. */
const isForbidden = ({ kind, text }: Token): boolean =>
  (kind === "word" && FORBIDDEN.has(text.toUpperCase())) ||
  (["word", "name"].includes(kind) && /^(sp|xp)_/i.test(text));

const isSequence = (tokens: readonly Token[], at: number): boolean =>
  wordAt(tokens, at) === "NEXT" && wordAt(tokens, at + 1) === "VALUE";

/** server.database.schema.object; any of the middle ones may be left out: server...object. */
function isOfFourParts(tokens: readonly Token[], at: number): boolean {
  const isDot = (token: Token | undefined): boolean => token?.kind === "sign" && token.text === ".";
  const isName = (token: Token | undefined): boolean => token?.kind === "word" || token?.kind === "name";
  if (!isName(tokens[at])) return false;
  let dots = 0;
  for (let next = at + 1; isDot(tokens[next]) || (isName(tokens[next]) && isDot(tokens[next - 1])); next++)
    if (isDot(tokens[next])) dots++;
  return dots >= 3;
}

function statementsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const statements: Token[][] = [[]];
  for (const token of tokens)
    if (token.kind === "sign" && token.text === ";") statements.push([]);
    else statements.at(-1)?.push(token);
  return statements.filter(({ length }) => length > 0);
}

function whyNotOne(tokens: readonly Token[]): string | undefined {
  const begin = wordAt(tokens, 0);
  if (begin === undefined || !STATEMENTS.includes(begin)) return `a statement begins with ${tokens[0]?.text}`;
  // Without semicolons the next statement would hide in the one before.
  const hidden = tokens.findIndex(
    (token, at) => at > 0 && ["SET", "DECLARE", "USE", "DBCC"].includes(wordOf(token) ?? ""),
  );
  if (hidden > 0) return `${tokens[hidden]?.text} follows without a semicolon`;
  if (begin === "DBCC" && !DBCC.includes(wordAt(tokens, 1) ?? ""))
    return `DBCC ${tokens[1]?.text} is not among those that only tell`;
  if (begin === "SET") return whyNotSetting(tokens);
  return undefined;
}

function whyNotSetting(tokens: readonly Token[]): string | undefined {
  if (tokens[1]?.kind === "variable") return undefined;
  const words = tokens.slice(1).map(({ text }) => text);
  if (words[0]?.toUpperCase() === "LOCK_TIMEOUT")
    return words.slice(1).join(" ") === LOCK_TIMEOUT
      ? undefined
      : `SET LOCK_TIMEOUT is ${LOCK_TIMEOUT} here, and nothing else`;
  // the driver's own, as it signs in
  if (words.join(" ").toUpperCase() === "IMPLICIT_TRANSACTIONS OFF") return undefined;
  const isKnown = [1, 3].some((count) => SETTINGS.test(words.slice(0, count).join(" ")));
  return isKnown ? undefined : `SET ${words[0]} is not among those of the session`;
}

const wordOf = ({ kind, text }: Token): string | undefined => (kind === "word" ? text.toUpperCase() : undefined);

const wordAt = (tokens: readonly Token[], at: number): string | undefined => {
  const token = tokens[at];
  return token && wordOf(token);
};
