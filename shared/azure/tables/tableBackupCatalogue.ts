// Keeps what is known of every backup file: table Backups, a partition per folder, a row per blob.
import type { TableClient, TableEntity } from "@azure/data-tables";
import type { BackupRecord } from "../../chain/backupRecord.ts";
import { compareText } from "../../chain/files/identity.ts";
import { NewerRowError, UnreadableRowError } from "../../migration/faults.ts";
import type { CatalogueEntry } from "../../migration/observed.ts";
import type { BackupCatalogue } from "../../ports.ts";
import { BACKUP_ROW } from "./storedRows.ts";
import {
  createdOnce,
  isMissingRow,
  keyOf,
  newerRowAt,
  orMissing,
  type Row,
  readRow,
  rowOf,
  rowsOf,
} from "./tableRows.ts";

/** Most rows of one transaction. */
const MOST_ROWS = 100;

/** `onUnreadable`: a row cannot be read; its file stands there as one that sqlferry could not read, or has not read yet. */
export function createTableBackupCatalogue(
  backups: TableClient,
  onUnreadable: (fault: UnreadableRowError) => void,
): BackupCatalogue {
  const table = createdOnce(backups);
  const entriesOf = (rows: readonly Row[]): CatalogueEntry[] =>
    rows.flatMap((row) => {
      const known = entryOf(row, onUnreadable);
      if (!known) return [];
      return [typeof row["announced"] === "string" ? { ...known, announced: row["announced"] } : known];
    });
  const notNewer = async (folderId: string, name: string): Promise<void> => {
    const newer = await newerRowAt(await table(), BACKUP_ROW, folderId, keyOf(name));
    if (newer) throw newer;
  };

  return {
    async list(folderId) {
      const rows = await rowsOf(await table(), folderId);
      return entriesOf(rows.sort(byName));
    },

    async find(folderId, name) {
      const row = await orMissing((await table()).getEntity<Row>(folderId, keyOf(name)));
      return row && entriesOf([row])[0];
    },

    async put(folderId, record) {
      await notNewer(folderId, record.name);
      const { name } = record; // stands beside the record for whoever looks into the table: keys are hashes
      const row = { ...rowOf(BACKUP_ROW, folderId, keyOf(name), withoutFileLists(record)), name };
      await (await table()).upsertEntity(row, "Merge"); // what was announced stays
    },

    async withdraw(folderId, name) {
      await notNewer(folderId, name);
      return (await orMissing((await table()).deleteEntity(folderId, keyOf(name)))) !== undefined;
    },

    async announce(folderId, words) {
      const byKey = new Map(words.map(({ name, announced }) => [keyOf(name), announced])); // a key may occur once in a transaction
      const rows = [...byKey].map(([rowKey, announced]) => ({ partitionKey: folderId, rowKey, announced }));
      for (let first = 0; first < rows.length; first += MOST_ROWS)
        await updateKnown(await table(), rows.slice(first, first + MOST_ROWS));
    },
  };
}

/** A transaction fails as a whole when a single row was withdrawn: then row by row, leaving that one out. */
async function updateKnown(table: TableClient, rows: readonly TableEntity[]): Promise<void> {
  try {
    await table.submitTransaction(rows.map((row) => ["update", row, "Merge"]));
  } catch (error) {
    if (!isMissingRow(error)) throw error;
    for (const row of rows) await orMissing(table.updateEntity(row, "Merge"));
  }
}

function withoutFileLists(record: BackupRecord): BackupRecord {
  const { content } = record;
  if (content.kind !== "header") return record;
  return { ...record, content: { ...content, backupSets: content.backupSets.map(({ files: _, ...set }) => set) } };
}

/**
 * Rows come in the order of a hash. Records are made in the order in which the chain will look at them: what is looked at together
 * then lies together in memory, which halves the time of an assessment.
 */
const byName = (a: Row, b: Row): number => compareText(String(a["name"]), String(b["name"]));

/**
 * A file must not vanish from the chain because its row cannot be read: it stands there unread, under a version that no blob has, and the
 * sweep reads it again, unless the row is a newer sqlferry's. Undefined when not even its name is known.
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
