// Keeps what the Event Grid stand-in has to remember (blobs seen, deliveries due, cards posted) in SQLite, so that a
// kill loses nothing.
import { DatabaseSync } from "node:sqlite";
import type { BlobChanges } from "./blobEvents.ts";

export interface Delivery {
  readonly id: number;
  readonly subscription: string;
  /** JSON text of one event. */
  readonly event: string;
  /** Attempts so far. */
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly due: number;
}

export type NewDelivery = Pick<Delivery, "subscription" | "event" | "due">;

export interface Card {
  readonly postedAt: string;
  readonly message: unknown;
}

export interface EventStore {
  /** Name → etag of the last listing. */
  knownBlobs(container: string): Map<string, string>;
  /** Notes what changed together with what is to be told of it. */
  noteBlobs(container: string, changes: BlobChanges, deliveries: readonly NewDelivery[]): void;
  enqueue(deliveries: readonly NewDelivery[]): void;
  /** The next ones of a subscription, by when they are due. */
  next(subscription: string, limit: number): Delivery[];
  postpone(id: number, due: number): void;
  remove(id: number): void;
  addCard(card: Card): void;
  /** Oldest first. */
  cards(): Card[];
  close(): void;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS blobs (container TEXT, name TEXT, etag TEXT NOT NULL, PRIMARY KEY (container, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, subscription TEXT NOT NULL, event TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL);
  CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (subscription, due);
  CREATE TABLE IF NOT EXISTS cards (id INTEGER PRIMARY KEY, postedAt TEXT NOT NULL, message TEXT NOT NULL);`;

/** Opens or creates the file. */
export function openEventStore(file: string): EventStore {
  const database = new DatabaseSync(file);
  database.exec(SCHEMA);
  const selectBlobs = database.prepare("SELECT name, etag FROM blobs WHERE container = ?");
  const putBlob = database.prepare("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?)");
  const deleteBlob = database.prepare("DELETE FROM blobs WHERE container = ? AND name = ?");
  const insert = database.prepare("INSERT INTO deliveries (subscription, event, due) VALUES (?, ?, ?)");
  const selectNext = database.prepare("SELECT * FROM deliveries WHERE subscription = ? ORDER BY due, id LIMIT ?");
  const postpone = database.prepare("UPDATE deliveries SET attempts = attempts + 1, due = ? WHERE id = ?");
  const remove = database.prepare("DELETE FROM deliveries WHERE id = ?");
  const insertCard = database.prepare("INSERT INTO cards (postedAt, message) VALUES (?, ?)");
  const selectCards = database.prepare("SELECT postedAt, message FROM cards ORDER BY id");

  const atOnce = (work: () => void): void => {
    database.exec("BEGIN IMMEDIATE");
    try {
      work();
      database.exec("COMMIT");
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  };
  const insertAll = (deliveries: readonly NewDelivery[]): void => {
    for (const { subscription, event, due } of deliveries) insert.run(subscription, event, due);
  };

  return {
    knownBlobs: (container) =>
      new Map(selectBlobs.all(container).map(({ name, etag }) => [String(name), String(etag)] as const)),
    noteBlobs: (container, { written, deleted }, deliveries) =>
      atOnce(() => {
        for (const { name, etag } of written) putBlob.run(container, name, etag);
        for (const name of deleted) deleteBlob.run(container, name);
        insertAll(deliveries);
      }),
    enqueue: (deliveries) => atOnce(() => insertAll(deliveries)),
    next: (subscription, limit) => selectNext.all(subscription, limit) as unknown as Delivery[],
    postpone: (id, due) => void postpone.run(due, id),
    remove: (id) => void remove.run(id),
    addCard: ({ postedAt, message }) => void insertCard.run(postedAt, JSON.stringify(message)),
    cards: () =>
      selectCards.all().map(({ postedAt, message }) => ({
        postedAt: String(postedAt),
        message: JSON.parse(String(message)) as unknown,
      })),
    close: () => database.close(),
  };
}
