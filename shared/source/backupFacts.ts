// Derives facts about a database from its backups alone: headers and file lists, without the server.
import type { BackupHeader, BackupSetHeader, EncryptedMedia } from "../backup/backupHeader.ts";
import { databaseKey, guidOf } from "../chain/files/identity.ts";
import { wallClock } from "../chain/files/sourceTime.ts";
import type { BackupSetFacts, DatabaseFacts, EncryptionFacts, FileFacts, SourceFacts } from "./facts.ts";

/** A file that was read, or that is encrypted and tells little. */
export interface BackupFile {
  readonly file: string;
  readonly header?: BackupHeader;
  readonly encrypted?: EncryptedMedia;
}

interface SetOfFile {
  readonly file: string;
  readonly families: number;
  readonly set: BackupSetHeader;
  /** UTC, or the source's wall clock where its offset is not known. */
  readonly finished: string;
}

const MEGABYTE = 2 ** 20;

/** One per server; encrypted files, which name neither server nor database, are of the server "". */
export function factsOfBackups(files: readonly BackupFile[]): readonly SourceFacts[] {
  const sets = new Map<string, SetOfFile>();
  for (const { file, header } of files)
    for (const set of header?.backupSets ?? [])
      if (!sets.has(set.backupSetGuid))
        sets.set(set.backupSetGuid, { file, families: header?.media.familyCount ?? 1, set, finished: finishOf(set) });
  const servers = Map.groupBy([...sets.values()], ({ set }) => set.serverName.toLowerCase());
  const known = [...servers.values()].map((ofServer): SourceFacts => {
    const sorted = ofServer.toSorted((a, b) => (a.finished < b.finished ? -1 : 1));
    const newest = sorted.at(-1) as SetOfFile;
    const databases = Map.groupBy(
      sorted,
      ({ set }) => `${databaseKey(set.databaseName)} ${guidOf(set.familyGuid) ?? ""}`,
    );
    return {
      server: newest.set.serverName,
      evidence: "backup",
      takenAt: newest.finished,
      instance: { productVersion: versionOf(newest.set) },
      databases: [...databases.values()].map(databaseOf),
    };
  });
  const encrypted = files.filter((one) => one.encrypted !== undefined);
  return encrypted.length > 0 ? [...known, unreadable(encrypted)] : known;
}

/** `sets` in order of time, at least one. */
function databaseOf(sets: readonly SetOfFile[]): DatabaseFacts {
  const newest = sets.at(-1) as SetOfFile;
  const { set } = newest;
  const familyGuid = guidOf(set.familyGuid);
  const databaseGuid = guidOf(set.bindingId);
  const files = sets.findLast((one) => one.set.files !== undefined)?.set.files?.map(fileOf);
  const encryption = encryptionOf(sets);
  return {
    name: set.databaseName,
    ...(databaseGuid !== undefined && { databaseGuid }),
    ...(familyGuid !== undefined && { familyGuid }),
    takenAt: newest.finished,
    versionMajor: Math.max(...sets.map((one) => one.set.softwareVersionMajor)),
    ...(set.compatibilityLevel !== undefined && { compatibilityLevel: set.compatibilityLevel }),
    ...collationOf(set),
    ...(files && { files }),
    ...(encryption !== undefined && { encryption }),
    ...(set.recoveryModel !== undefined && { recoveryModel: set.recoveryModel }),
    backups: { sets: sets.map(setFactsOf) },
  };
}

const TYPES: Readonly<Record<number, BackupSetFacts["type"]>> = { 1: "full", 2: "log", 5: "differential" };

function setFactsOf({ file, families, set }: SetOfFile): BackupSetFacts {
  const bytes = set.compressedBackupSize ?? set.backupSize;
  return {
    type: TYPES[set.backupType] ?? "other",
    file,
    finished: set.backupFinishDate,
    isCopyOnly: set.isCopyOnly,
    isSnapshot: set.isSnapshot,
    position: set.position,
    families,
    ...(bytes !== undefined && { sizeMb: bytes / MEGABYTE }),
    hasChecksums: set.hasBackupChecksums,
    isDamaged: set.isDamaged,
    hasIncompleteMetadata: set.hasIncompleteMetaData,
    isEncrypted: false,
  };
}

function fileOf({ logicalName, physicalName, size, type }: NonNullable<BackupSetHeader["files"]>[number]): FileFacts {
  const kind = type === "D" ? "data" : type === "L" ? "log" : undefined;
  return { logicalName, physicalName, sizeMb: size / MEGABYTE, ...(kind && { kind }) };
}

/** By the newest set that says anything; "unknown" is never taken for none, and an older set cannot make it so. */
function encryptionOf(sets: readonly SetOfFile[]): EncryptionFacts | null | undefined {
  const told = sets.flatMap(({ set }) => set.tde ?? []);
  if (told.at(-1)?.state === "none") return null;
  const encrypted = told.findLast(({ state }) => state === "encrypted");
  return encrypted && { encryptor: "certificate", thumbprints: encrypted.thumbprints ?? [] };
}

/** The one collation that has a sort order of its own and is anywhere by default. */
const SQL_LATIN1 = { sortOrder: 52, locale: 1033 };

function collationOf(set: BackupSetHeader): Pick<DatabaseFacts, "collation" | "collationHint"> {
  const { sortOrder, unicodeLocaleId: locale, unicodeComparisonStyle: style } = set;
  if (sortOrder === SQL_LATIN1.sortOrder && locale === SQL_LATIN1.locale)
    return { collation: "SQL_Latin1_General_CP1_CI_AS" };
  if (locale === undefined) return {};
  return { collationHint: `locale ${locale}, comparison style ${style ?? "unknown"}, sort order ${sortOrder ?? 0}` };
}

const versionOf = ({ softwareVersionMajor, softwareVersionMinor, softwareVersionBuild }: BackupSetHeader): string =>
  [softwareVersionMajor, softwareVersionMinor, softwareVersionBuild ?? 0].join(".");

function finishOf({ backupFinishDate, utcOffsetMinutes = 0 }: BackupSetHeader): string {
  const finished = wallClock(backupFinishDate);
  return finished === undefined ? "" : new Date(finished - utcOffsetMinutes * 60_000).toISOString();
}

/** Taken together: nothing tells them apart. */
function unreadable(files: readonly BackupFile[]): SourceFacts {
  const tde = files.flatMap(({ encrypted }) => (encrypted?.isTde ? encrypted : []));
  const thumbprints = [...new Set(tde.flatMap(({ tdeThumbprint }) => tdeThumbprint ?? []))];
  return {
    server: "",
    evidence: "backup",
    takenAt: "",
    instance: {},
    databases: [
      {
        name: "",
        ...(tde.length > 0 && { encryption: { thumbprints } }),
        backups: {
          sets: files.map(({ file, encrypted }) => ({
            type: "other",
            file,
            isEncrypted: encrypted?.isBackupEncrypted === true,
            ...(encrypted?.encryptorThumbprint !== undefined && { thumbprint: encrypted.encryptorThumbprint }),
          })),
        },
      },
    ],
  };
}
