// Keeps a copy of the list of migrations: all of it at first and every few minutes, in between only what has changed.
import { get, getIfChanged } from "./api.js";

/** @import { ListLine, Migrations } from "../../api/answers/migrations.ts" */
/** @import { Failed } from "./api.js" */
/** @typedef {{ readonly kind: "answer"; readonly hasChanged: boolean } | Failed} Looked */

/**
 * Every five minutes at a look each ten seconds all is read anew: what the clocks of the storage could have hidden
 * lasts no longer.
 */
const LOOKS_AT_CHANGES = 29;

/** @type {Map<string, ListLine>} */
let lines = new Map();
/** What the next look asks for changes since; undefined: it reads all. @type {string | undefined} */
let changeToken;
let looksAtChanges = 0;
/** Two at once would write older lines over newer ones. @type {Promise<Looked> | undefined} */
let underWay;

/** @returns {readonly ListLine[]} */
export const knownMigrations = () => [...lines.values()];

/**
 * Somebody was told that it is gone.
 * @param {string} migrationId
 */
export const forget = (migrationId) => lines.delete(migrationId);

/**
 * @param {() => void} onPart While the list is read for the first time: some of it is there.
 * @returns {Promise<Looked>}
 */
export function lookAtMigrations(onPart) {
  const isToReadAll = changeToken === undefined || looksAtChanges >= LOOKS_AT_CHANGES;
  underWay ??= (isToReadAll ? readAll(onPart) : readChanges(changeToken ?? "")).finally(() => {
    underWay = undefined;
  });
  return underWay;
}

/**
 * @param {() => void} onPart
 * @returns {Promise<Looked>}
 */
async function readAll(onPart) {
  const isFirst = changeToken === undefined;
  /** @type {typeof lines} */
  const found = new Map();
  /** @type {string | undefined} */
  let tokenOfAll;
  /** @type {string | undefined} */
  let cursor;
  do {
    const asked = await get(`migrations${cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`}`);
    if (asked.kind !== "answer") return asked;
    /** @type {Migrations} */
    const page = asked.body;
    for (const line of page.items) found.set(line.migrationId, line);
    tokenOfAll ??= page.changeToken; // of the first page: what changes while the others are read is asked for next
    cursor = page.nextCursor;
    if (isFirst) {
      lines = found;
      if (cursor !== undefined) onPart();
    }
  } while (cursor !== undefined);
  lines = found;
  changeToken = tokenOfAll;
  looksAtChanges = 0;
  return { kind: "answer", hasChanged: true };
}

/**
 * @param {string} since
 * @returns {Promise<Looked>}
 */
async function readChanges(since) {
  looksAtChanges++;
  /** @type {string | undefined} */
  let token;
  /** @type {string | undefined} */
  let cursor;
  do {
    const behind = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const asked = await getIfChanged(`migrations?since=${encodeURIComponent(since)}${behind}`, since);
    if (asked.kind !== "answer") {
      if (asked.kind === "problem") changeToken = undefined; // whatever it is, the whole list is told anew
      return asked;
    }
    /** @type {Migrations | undefined} */
    const page = asked.body;
    if (page === undefined) break;
    for (const line of page.items) lines.set(line.migrationId, line);
    for (const id of page.forgotten ?? []) lines.delete(id);
    token ??= page.changeToken;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  if (token === undefined) return { kind: "answer", hasChanged: false };
  changeToken = token;
  return { kind: "answer", hasChanged: true };
}
