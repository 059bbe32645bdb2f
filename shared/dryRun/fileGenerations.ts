// Decides which of the backups that a history lists for one file are in it now: sets share a file by their positions,
// and a later first position wrote it over.
import type { ProvedSpan } from "../backup/backupFormatError.ts";
import { databaseKey, guidOf } from "../chain/files/identity.ts";
import type { KnownSet } from "./exportedSet.ts";
import type { KnownFile } from "./headerRows.ts";

/**
 * Each file as it is now; before it the logs that were written over: they took their range of the log with them. Rows
 * that tell of one backup set in one file twice, as exports that overlap do, become one.
 */
export function currentGenerations(files: readonly KnownFile[]): KnownFile[] {
  return [...Map.groupBy(inFiles(files), ({ key }) => key).values()].flatMap((rows) => {
    const known = rows.map(({ row }) => row);
    const single = known.filter(isOneSet);
    return [...known.filter((row) => !isOneSet(row)), ...(single.length > 0 ? generationsOf(single) : [])];
  });
}

/** A row of a history, or of RESTORE HEADERONLY. */
interface OneSet extends KnownFile {
  readonly backupSets: readonly [KnownSet];
}
const isOneSet = (row: KnownFile): row is OneSet => row.backupSets?.length === 1;

/**
 * Rows without a name are one file as long as their positions ascend, as RESTORE HEADERONLY lists them; else each is
 * another.
 */
function inFiles(files: readonly KnownFile[]): { readonly key: string; readonly row: KnownFile }[] {
  let [nameless, before] = [0, 0];
  return files.map((row) => {
    if (row.file !== "") return { key: fileKey(row), row };
    const position = isOneSet(row) ? (row.backupSets[0].position ?? 0) : 0;
    if (position <= before || position <= 1) nameless++;
    before = position;
    return { key: `#${nameless}`, row };
  });
}

/**
 * What tells files apart: a path of a drive is another on another computer; capitals make no difference in Windows'
 * paths.
 */
function fileKey({ file, backupSets, noFile }: KnownFile): string {
  if (noFile !== undefined) return `${file} ${setKey(backupSets?.[0] ?? {})}`; // what is no file is shared by nothing
  const isWindows = file.includes("\\") || /^[a-z]:/i.test(file);
  const path = isWindows ? file.toLowerCase().replaceAll("/", "\\") : file;
  return `${isShared(path) ? "" : computerOf(backupSets?.[0])} ${path}`;
}

/** A share or a URL is the same one seen from everywhere. */
const isShared = (path: string): boolean => /^(\\\\|\/\/|[a-z][a-z0-9+.-]+:\/\/)/i.test(path);

/** "SRV01" of the instance SRV01\SALES; of a failover cluster not the node's name, since its drives go along. */
export const computerOf = (set: KnownSet | undefined): string =>
  (set?.serverName ?? set?.machineName ?? "").split("\\")[0]?.toLowerCase() ?? "";

function generationsOf(rows: readonly OneSet[]): KnownFile[] {
  if (rows.length === 1) return [...rows];
  const sets = distinct(rows);
  const sorted = inOrder(sets);
  // nobody knows which is the last: they count as appended, and the service refuses those
  if (!sorted) return [together(sets)];
  let current: OneSet[] = [];
  const overwritten: OneSet[] = [];
  for (const row of sorted) {
    const isAppended = isKnownToFollow(current, row);
    if (!isAppended) overwritten.push(...current);
    current = isAppended ? [...current, row] : [row];
  }
  return [...overwritten.filter(isLog).map(writtenOver), together(current)];
}

/** One row per set; of several the one that knows more. */
const distinct = (rows: readonly OneSet[]): OneSet[] =>
  [...Map.groupBy(rows, ({ backupSets: [set] }) => setKey(set)).values()].map((same) =>
    same.reduce((best, row) => (knownOf(row) > knownOf(best) ? row : best)),
  );

const knownOf = (row: OneSet): number => Object.keys(row).length + Object.keys(row.backupSets[0]).length;

/** What tells backup sets apart, as the chain does. */
export const setKey = (set: KnownSet): string =>
  guidOf(set.backupSetGuid) ??
  [set.backupType, databaseKey(set.databaseName ?? ""), set.firstLsn, set.lastLsn, set.checkpointLsn].join(" ");

/**
 * Of one database on one recovery fork by LSN: clocks are set back. LSNs of several do not compare: by the time they
 * finished. Undefined where that is not known either.
 */
function inOrder(rows: readonly OneSet[]): OneSet[] | undefined {
  const lines = new Set(rows.map(({ backupSets: [set] }) => `${set.databaseName} ${guidOf(set.recoveryForkId)}`));
  if (lines.size === 1) return rows.toSorted(byLsn);
  const finished = new Map(rows.map((row) => [row, finishOf(row.backupSets[0], rows)]));
  if ([...finished.values()].some(Number.isNaN)) return undefined;
  return rows.toSorted((a, b) => (finished.get(a) ?? 0) - (finished.get(b) ?? 0) || byLsn(a, b));
}

function byLsn({ backupSets: [a] }: OneSet, { backupSets: [b] }: OneSet): number {
  return (
    compare(a.lastLsn ?? 0n, b.lastLsn ?? 0n) ||
    compare(a.firstLsn ?? 0n, b.firstLsn ?? 0n) ||
    compare(a.position ?? 1, b.position ?? 1) ||
    compare(a.backupFinishDate ?? "", b.backupFinishDate ?? "")
  );
}

/** Milliseconds: of an instant where all tell their offset, else by the wall clock. */
function finishOf({ backupFinishDate, utcOffsetMinutes = 0 }: KnownSet, rows: readonly OneSet[]): number {
  const areInstants = rows.every(({ backupSets: [set] }) => set.utcOffsetMinutes !== undefined);
  return Date.parse(`${backupFinishDate}Z`) - (areInstants ? utcOffsetMinutes * 60_000 : 0);
}

/**
 * With positions it is told. Without them logs are taken for appended, and so are sets of different types; a full is
 * written over by the next.
 */
function isKnownToFollow(current: readonly OneSet[], { backupSets: [now] }: OneSet): boolean {
  const before = current.at(-1)?.backupSets[0];
  if (!before) return true;
  if (before.position !== undefined && now.position !== undefined) return now.position > before.position;
  return now.backupType === 2 || current.some(({ backupSets: [set] }) => set.backupType !== now.backupType);
}

/**
 * The file with all its sets in the order of their positions. One that the service would refuse is refused with all
 * of them.
 */
function together(rows: readonly OneSet[]): KnownFile {
  const sorted = rows.toSorted((a, b) => (a.backupSets[0].position ?? 1) - (b.backupSets[0].position ?? 1));
  const [first] = sorted as [OneSet];
  if (sorted.length === 1) return first;
  const { error } = sorted.find((row) => row.error !== undefined) ?? {};
  const backupSets = sorted.map(({ backupSets: [set] }) => set);
  const oddCells = sorted.flatMap((row) => row.oddCells ?? []);
  return {
    ...first,
    backupSets,
    ...(oddCells.length > 0 && { oddCells }),
    ...(error && { error: { code: error.code, message: error.message, ...spanOf(backupSets) } }),
  };
}

/** From the first to the last LSN of the sets; nothing where they are of several databases or forks. */
function spanOf(sets: readonly KnownSet[]): { provedSpan?: ProvedSpan } {
  const lines = new Set(sets.map((set) => `${set.databaseName} ${guidOf(set.recoveryForkId)}`));
  const sorted = sets.toSorted((a, b) => compare(a.firstLsn ?? 0n, b.firstLsn ?? 0n));
  const firstLsn = sorted[0]?.firstLsn;
  const lastLsn = sorted.toSorted((a, b) => compare(a.lastLsn ?? 0n, b.lastLsn ?? 0n)).at(-1)?.lastLsn;
  if (lines.size > 1 || firstLsn === undefined || lastLsn === undefined) return {};
  const forkId = sets[0]?.recoveryForkId;
  return { provedSpan: { firstLsn, lastLsn, ...(forkId !== undefined && { forkId }), isOnlySet: true } };
}

const isLog = ({ backupSets: [set] }: OneSet): boolean => set.backupType === 2;

function writtenOver({ error: _, ...row }: OneSet): KnownFile {
  const when = row.backupSets[0].backupFinishDate?.replace("T", " ") ?? `LSN ${row.backupSets[0].firstLsn}`;
  return { ...row, file: `${row.file} (${when})`, noFile: "overwritten" };
}

const compare = <Value extends bigint | number | string>(a: Value, b: Value): number => (a < b ? -1 : a > b ? 1 : 0);
