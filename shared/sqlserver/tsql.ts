// Splits T-SQL into its words, quoted names, literals and signs, as far as it takes to see what a statement does. Pure.

export interface Token {
  /** word: a keyword or a plain name. name: [a name] or "a name". */
  readonly kind: "word" | "name" | "text" | "number" | "variable" | "sign";
  /** A word or name without its quotes, a literal's content, a sign. */
  readonly text: string;
}

const PATTERN =
  /(?<blank>\s+|--[^\n]*)|(?<comment>\/\*)|N?'(?<text>(?:[^']|'')*)'|\[(?<bracket>(?:[^\]]|\]\])*)\]|"(?<quoted>(?:[^"]|"")*)"|(?<variable>@@?[\w$#@]+)|(?<number>0x[0-9a-f]*|\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?<word>[\p{L}_#][\p{L}\p{N}_@#$]*)|(?<sign>[^\s])/iuy;

/** Throws an Error where a comment, a literal or a quoted name has no end. */
export function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(PATTERN);
  while (pattern.lastIndex < sql.length) {
    const at = pattern.lastIndex;
    const groups = pattern.exec(sql)?.groups ?? {};
    const { blank, comment, text, bracket, quoted, variable, number, word, sign } = groups;
    if (comment !== undefined) pattern.lastIndex = endOfComment(sql, at);
    else if (text !== undefined) tokens.push({ kind: "text", text: text.replaceAll("''", "'") });
    else if (bracket !== undefined) tokens.push({ kind: "name", text: bracket.replaceAll("]]", "]") });
    else if (quoted !== undefined) tokens.push({ kind: "name", text: quoted.replaceAll('""', '"') });
    else if (variable !== undefined) tokens.push({ kind: "variable", text: variable });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (sign === "'" || sign === "[" || sign === '"')
      throw new Error(`A quote has no end: ${sql.slice(at, at + 40)}`);
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else if (blank === undefined) throw new Error(`This is no T-SQL: ${sql.slice(at, at + 40)}`);
  }
  return tokens;
}

/** T-SQL's comments nest. */
function endOfComment(sql: string, from: number): number {
  let depth = 0;
  for (let at = from; at < sql.length; at++) {
    const two = sql.slice(at, at + 2);
    if (two !== "/*" && two !== "*/") continue;
    depth += two === "/*" ? 1 : -1;
    at++;
    if (depth === 0) return at + 1;
  }
  throw new Error(`A comment has no end: ${sql.slice(from, from + 40)}`);
}

/** A name in brackets, whatever is in it. */
export const bracketed = (name: string): string => `[${name.replaceAll("]", "]]")}]`;
