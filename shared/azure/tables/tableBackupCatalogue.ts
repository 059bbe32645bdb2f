// Keeps what is known of every backup file: table Backups, a partition per folder, a row per blob.
import type { TableClient, TableEntity, TransactionAction } from "@azure/data-tables";
import type { BackupRecord } from "../../chain/backupRecord.ts";
import { NewerRowError, UnreadableRowError } from "../../migration/faults.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import type { BackupCatalogue } from "../../ports.ts";
import { freshStamp, GENERATION, generationAfter, stampAction } from "./folderGeneration.ts";
import { announcedIn, createFolderRows, type KnownFolder } from "./folderRows.ts";
import { BACKUP_ROW } from "./storedRows.ts";
import {
  createdOnce,
  keyOf,
  newerRowAt,
  orConflict,
  orMissing,
  type Row,
  readRow,
  rowOf,
  unlessConflict,
} from "./tableRows.ts";

/** Most rows of one transaction besides the folder's generation. */
const MOST_ROWS = 99;

/**
 * `onUnreadable`: a row cannot be read; its file stands there as one that sqlferry could not read, or has not read yet.
 * `mostRecords`: kept in memory.
 */
export function createTableBackupCatalogue(
  backups: TableClient,
  onUnreadable: (fault: UnreadableRowError) => void,
  mostRecords?: number,
): BackupCatalogue {
  const table = createdOnce(backups);
  const withWord = (row: Row): CatalogueEntry | undefined => {
    const known = entryOf(row, onUnreadable);
    return known && typeof row["announced"] === "string" ? { ...known, announced: row["announced"] } : known;
  };
  const folders = createFolderRows(table, withWord, mostRecords);
  const notNewer = async (folderId: string, name: string): Promise<void> => {
    const newer = await newerRowAt(await table(), BACKUP_ROW, folderId, keyOf(name));
    if (newer) throw newer;
  };

  /**
   * One row and the stamps that tell of it. False: it is another version by now, is there already, or is there no more.
   */
  async function change(folderId: string, rowKey: string, action: TransactionAction): Promise<boolean> {
    const stamp = stampAction(folderId, [rowKey], freshStamp());
    return unlessConflict((await table()).submitTransaction([action, stamp]));
  }

  return {
    async list(folderId) {
      return (await folders.read(folderId)).entries;
    },

    async find(folderId, name) {
      const row = await orMissing((await table()).getEntity<Row>(folderId, keyOf(name)));
      const entry = row && withWord({ ...row, name });
      return entry && { ...entry, version: String(row.etag) };
    },

    async put(folderId, record) {
      await notNewer(folderId, record.name);
      const row = fileRow(folderId, record);
      await change(folderId, row.rowKey, ["upsert", row, "Merge"]); // what was announced stays
    },

    async save(folderId, record, version) {
      const row = fileRow(folderId, record);
      const action: TransactionAction =
        version === undefined ? ["create", row] : ["update", row, "Merge", { etag: version }];
      return (await change(folderId, row.rowKey, action)) ? "saved" : "conflict";
    },

    async withdraw(folderId, name) {
      await notNewer(folderId, name);
      const row = { partitionKey: folderId, rowKey: keyOf(name) };
      return change(folderId, row.rowKey, ["delete", row]);
    },

    async announce(folderId, words) {
      // a key may occur once in a transaction
      const byKey = new Map(words.map(({ name, announced }) => [keyOf(name), announced]));
      const rows = [...byKey].map(([rowKey, announced]) => ({ partitionKey: folderId, rowKey, announced }));
      let known = folders.remembered(folderId);
      for (let first = 0; first < rows.length; first += MOST_ROWS) {
        known = await announceRows(await table(), folderId, rows.slice(first, first + MOST_ROWS), known);
        if (known) folders.remember(folderId, known);
      }
    },
  };
}

type AnnouncedRow = TableEntity<{ readonly announced: string }>;

/**
 * One transaction. As long as nobody else has changed the folder since it was read, what it comes to is known without
 * reading it again, and answered; undefined: somebody has.
 */
async function announceRows(
  table: TableClient,
  folderId: string,
  rows: readonly AnnouncedRow[],
  known: KnownFolder | undefined,
): Promise<KnownFolder | undefined> {
  const stamp = freshStamp();
  const rowKeys = rows.map(({ rowKey }) => rowKey);
  const updates = rows.map((row): TransactionAction => ["update", row, "Merge"]);
  if (known?.generation) {
    const action = stampAction(folderId, rowKeys, stamp, known.generation.etag);
    const told = await orConflict(table.submitTransaction([...updates, action]));
    if (told) {
      const etagOf = (rowKey: string): string => told.getResponseForEntity(rowKey)?.etag ?? "";
      const words = new Map(rows.map(({ rowKey, announced }) => [rowKey, { announced, etag: etagOf(rowKey) }]));
      const generation = generationAfter(known.generation, rowKeys, { stamp, etag: etagOf(GENERATION) });
      return announcedIn(known, generation, words);
    }
  }
  if (await unlessConflict(table.submitTransaction([...updates, stampAction(folderId, rowKeys, stamp)])))
    return undefined;
  // it fails as a whole when a single row was withdrawn: then row by row, leaving that one out
  for (const row of rows) {
    const action = stampAction(folderId, [row.rowKey], freshStamp());
    await unlessConflict(table.submitTransaction([["update", row, "Merge"], action]));
  }
  return undefined;
}

/** The name stands beside the record for whoever looks into the table: keys are hashes. */
const fileRow = (folderId: string, record: BackupRecord) => ({
  ...rowOf(BACKUP_ROW, folderId, keyOf(record.name), withoutFileLists(record)),
  name: record.name,
});

function withoutFileLists(record: BackupRecord): BackupRecord {
  const { content } = record;
  if (content.kind !== "header") return record;
  return { ...record, content: { ...content, backupSets: content.backupSets.map(({ files: _, ...set }) => set) } };
}

/**
 * A file must not vanish from the chain because its row cannot be read: it stands there unread, under a version that
 * no blob has, and the sweep reads it again, unless the row is a newer sqlferry's. Undefined when not even its name
 * is known.
 */
function entryOf(row: Row, onUnreadable: (fault: UnreadableRowError) => void): CatalogueEntry | undefined {
  try {
    return { record: readRow(BACKUP_ROW, row, "Backups") };
  } catch (error) {
    if (!(error instanceof UnreadableRowError)) throw error;
    onUnreadable(error);
    const { name, timestamp } = row;
    if (typeof name !== "string") return undefined;
    const known = { name, sizeBytes: 0, blobType: "BlockBlob", arrivedAt: String(timestamp) } as const;
    if (error instanceof NewerRowError)
      return { record: { ...known, etag: "row of a newer version", content: { kind: "unread" } }, isNewer: true };
    const message = "What was known of it cannot be read any more.";
    const content = { kind: "unreadable", code: "READER_FAULT", message } as const;
    return { record: { ...known, etag: "unreadable row", content } };
  }
}
