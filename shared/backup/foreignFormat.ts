// Guesses what a file named .bak is that is not in SQL Server's format, for the message, never for a decision.

/** Letters that a file begins with. */
const BEGINNINGS: readonly (readonly [beginning: string, name: string])[] = [
  ["\x1f\x8b", "gzip data"],
  ["7z\xbc\xaf\x27\x1c", "a 7-Zip archive"],
  ["Rar!", "a RAR archive"],
  ["BZh", "bzip2 data"],
  ["\xfd7zXZ\0", "xz data"],
  ["\x28\xb5\x2f\xfd", "Zstandard data"],
  ["version https://git-lfs.github.com/spec/", "a Git LFS pointer: fetch the file itself with git lfs pull"],
  ["PGDMP", "a PostgreSQL dump"],
  ["SQLite format 3\0", "an SQLite database"],
  ["\x01\x0f\0\0", "a database file (.mdf), not a backup of it"],
  ["%PDF", "a PDF document"],
  ["conectix", "a virtual disk (.vhd)"],
  ["vhdxfile", "a virtual disk (.vhdx)"],
  ["<!DOCTYPE", "an HTML page, perhaps an error message saved instead of the file"],
  ["<html", "an HTML page, perhaps an error message saved instead of the file"],
  ["<?xml", "XML, perhaps an error message saved instead of the file"],
];

/** Products whose formats are not public: their files name them in the first kilobytes, if at all. */
const PRODUCTS: readonly (readonly [words: RegExp, name: string])[] = [
  [/red\s?gate/i, "Redgate SQL Backup"],
  [/litespeed|imceda/i, "Quest LiteSpeed"],
  [/sql\s?safe|\bidera\b/i, "Idera SQL Safe"],
];

/** A statement at the start of a line. */
const SQL_STATEMENT = /^[ \t]*(USE|CREATE|INSERT|SET|IF|ALTER|DROP|EXEC|BEGIN|DECLARE)\b/im;

/** What the first bytes look like, for a person. */
export function describeForeign(head: Uint8Array): string {
  const text = latin(head.subarray(0, 4096));
  const known = BEGINNINGS.find(([beginning]) => text.startsWith(beginning));
  if (known) return known[1];
  if (text.startsWith("PK\x03\x04"))
    return /model\.xml|Origin\.xml|DacMetadata\.xml/.test(text) ? "a bacpac or dacpac" : "a zip archive";
  const product = PRODUCTS.find(([words]) => words.test(text.replaceAll("\0", "")));
  if (product) return `a backup by ${product[1]}, to be converted by its own tool`;
  if (head.every((byte) => byte === 0)) return "zeros";
  const words = readableText(head.subarray(0, 4096));
  if (words === undefined)
    return `bytes ${Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;
  return SQL_STATEMENT.test(words) ? "an SQL script" : "text";
}

const latin = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

/** Text by its byte order mark, or by holding nothing but printable letters. */
function readableText(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  const text = new TextDecoder().decode(bytes);
  const letters = text.endsWith("\ufffd") ? text.slice(0, -1) : text; // a letter may be cut in two at the end
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S}\s]*$/u.test(letters) && !letters.includes("\ufffd") ? letters : undefined;
}
