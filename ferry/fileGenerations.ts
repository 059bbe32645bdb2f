// Which of the backups that a history lists for one file are in it now? Sets share a file by their positions; a later first position wrote it over.
import type { KnownFile } from "./headerExport.ts";

/** Each file as it is now; before it the logs that were written over: they took their range of the log with them. */
export function currentGenerations(files: readonly KnownFile[]): KnownFile[] {
  const named = Map.groupBy(files, ({ file }, index) => (file === "" ? `#${index}` : file));
  return [...named.values()].flatMap((rows) => (rows.length === 1 ? rows : generationsOf(rows)));
}

function generationsOf(rows: readonly KnownFile[]): KnownFile[] {
  const broken = rows.find(({ error, noFile }) => error !== undefined || noFile !== undefined);
  if (broken)
    return rows.length === rows.filter(({ noFile }) => noFile !== undefined).length ? [...rows] : [withOthers(broken)];
  const sorted = rows.toSorted((a, b) => compare(finishOf(a), finishOf(b)) || positionOf(a) - positionOf(b));
  let current: KnownFile[] = [];
  const overwritten: KnownFile[] = [];
  for (const row of sorted) {
    const isAppended = isKnownToFollow(current, row);
    if (!isAppended) overwritten.push(...current.filter((one) => !isSameSet(one, row)));
    current = isAppended ? [...current, row] : [row];
  }
  const kept = current.toSorted((a, b) => positionOf(a) - positionOf(b));
  const [first] = kept;
  if (!first) return [];
  const now = kept.length === 1 ? first : { ...first, backupSets: kept.flatMap(({ backupSets = [] }) => backupSets) };
  return [...overwritten.filter(isLog).map((row) => writtenOver(row)), now];
}

/** With positions it is told. Without them logs are taken for appended, and so are sets of different types; a full is written over by the next. */
function isKnownToFollow(current: readonly KnownFile[], row: KnownFile): boolean {
  const last = current.at(-1);
  if (!last) return true;
  if (isSameSet(last, row)) return false;
  const [before, now] = [last, row].map(({ backupSets }) => backupSets?.[0]);
  if (before?.position !== undefined && now?.position !== undefined) return now.position > before.position;
  return now?.backupType === 2 || current.some(({ backupSets }) => backupSets?.[0]?.backupType !== now?.backupType);
}

/** It is not the only one of its file: what is certain of its LSNs is not certain of the file's. */
function withOthers({ error, ...file }: KnownFile): KnownFile {
  if (!error?.provedSpan) return error ? { ...file, error } : file;
  const { isOnlySet: _, ...provedSpan } = error.provedSpan;
  return { ...file, error: { ...error, provedSpan } };
}

const isSameSet = (a: KnownFile, b: KnownFile): boolean => {
  const [one, other] = [a, b].map(({ backupSets }) => backupSets?.[0]?.backupSetGuid);
  return one !== undefined && one === other;
};

const isLog = ({ backupSets }: KnownFile): boolean => backupSets?.[0]?.backupType === 2;

const writtenOver = (row: KnownFile): KnownFile => ({
  ...row,
  file: `${row.file} (${finishOf(row).replace("T", " ") || "earlier"})`,
  noFile: "overwritten",
});

const finishOf = ({ backupSets }: KnownFile): string => backupSets?.[0]?.backupFinishDate ?? "";
const positionOf = ({ backupSets }: KnownFile): number => backupSets?.[0]?.position ?? 1;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
