// Keeps the rows of Azure's tables in memory for unit tests: a change is written as a whole or not at all, and never
// over a newer version.
import assert from "node:assert/strict";
import { unlikeItsSchema } from "../../shared/api/eventSchemas.ts";
import { cut } from "../../shared/api/lists/paging.ts";
import {
  type AssessmentStore,
  type KnownDatabase,
  lineOf,
  nameKeyOf,
  rowKeyOf,
} from "../../shared/assessed/assessmentStore.ts";
import type { FerryEvent } from "../../shared/migration/events/events.ts";
import { runInstanceId, vmKeyOf } from "../../shared/migration/ids.ts";
import { listed } from "../../shared/migration/lists/listLine.ts";
import {
  type AuditEntry,
  hasEnded,
  type IdempotencyNote,
  isKept,
  type Migration,
  type MigrationFacts,
} from "../../shared/migration/migration.ts";
import type { BackupFile } from "../../shared/migration/observed.ts";
import type { FolderMark } from "../../shared/migration/sweep/folderMark.ts";
import type { SweepProgress } from "../../shared/migration/sweep/sweepProgress.ts";
import type { SweepReport } from "../../shared/migration/sweep/sweepReport.ts";
import type { Change, ListedFolders, MigrationStore, Sweeps, TopLevel, VmQueues } from "../../shared/ports.ts";
import { EMPTY_QUEUE, type VmQueue } from "../../shared/queue/vmQueue.ts";

export interface MemoryMigrations {
  readonly store: MigrationStore;
  /** By id; a test may set them. */
  readonly migrations: Map<string, MigrationFacts>;
  /** Events of every migration, in the order of publishing, as often as they were published. */
  readonly published: FerryEvent[];
  /** Audit entries of every migration, in the order of writing. */
  readonly audit: AuditEntry[];
  put(migration: Migration, requests?: MigrationFacts["requests"]): void;
}

/** The rest of one migration's partition. */
interface Partition {
  readonly outbox: Map<string, FerryEvent>;
  readonly events: Map<string, FerryEvent>;
  readonly audit: Map<string, AuditEntry>;
  /** By event: when a card was claimed, or that it was posted. */
  readonly cards: Map<string, Date | "posted">;
  readonly notes: Map<string, IdempotencyNote>;
  publishing: { readonly claim: string; readonly at: Date } | undefined;
  wake: { readonly watch?: string; readonly pending?: Date } | undefined;
}

const MOST_ROWS = 100;
const WAKE_UP_MS = 10_000;
const CLAIM_MS = 60_000;

export function memoryMigrations(): MemoryMigrations {
  let version = 0;
  const migrations = new Map<string, MigrationFacts>();
  const partitions = new Map<string, Partition>();
  const published: FerryEvent[] = [];
  const audit: AuditEntry[] = [];
  const put = (migration: Migration, requests: MigrationFacts["requests"] = {}): void => {
    migrations.set(migration.migrationId, { migration, version: `${++version}`, requests });
  };
  const partition = (migrationId: string): Partition => {
    const empty = {
      outbox: new Map(),
      events: new Map(),
      audit: new Map(),
      cards: new Map(),
      notes: new Map(),
      publishing: undefined,
      wake: undefined,
    };
    const known = partitions.get(migrationId) ?? empty;
    partitions.set(migrationId, known);
    return known;
  };

  const all = (): MigrationFacts[] =>
    [...migrations.values()].sort((a, b) => (a.migration.migrationId < b.migration.migrationId ? -1 : 1));
  const audited = (id: string) => [...partition(id).audit].sort(([a], [b]) => (a < b ? -1 : 1));

  const commit = async (change: Change): Promise<"committed" | "conflict"> => {
    assertAsDocumented(change.events ?? []);
    const events = new Map((change.events ?? []).map((event) => [event.id, event]));
    const entries = new Map((change.audit ?? []).map((entry) => [`${entry.at}|${entry.id}`, entry]));
    const requests = [change.request ?? []].flat();
    const { note } = change;
    const rows = 1 + requests.length + events.size + entries.size + (note ? 1 : 0);
    if (rows > MOST_ROWS) throw new RangeError(`A change of ${rows} rows; a transaction takes ${MOST_ROWS}.`);
    const known = migrations.get(change.migrationId);
    if (known?.version !== change.version) return "conflict";
    put(change.migration, {
      ...known?.requests,
      ...Object.fromEntries(requests.map((request) => [request.kind, request])),
    });
    const { outbox, audit: audited, notes } = partition(change.migrationId);
    if (note) {
      for (const old of notes.values()) if (!isKept(old, new Date(note.at))) notes.delete(old.key);
      notes.set(note.key, note);
    }
    for (const [id, event] of events) outbox.set(id, event);
    for (const [key, entry] of entries) audited.set(key, entry);
    audit.push(...entries.values());
    return "committed";
  };

  const store: MigrationStore = {
    facts: async (id) => migrations.get(id),
    standing: async (id) => {
      const facts = migrations.get(id);
      return facts && { ...facts, hasWaitingEvents: partition(id).outbox.size > 0 };
    },
    list: async () => all().map(({ migration }) => listed(migration)),
    lines: async ({ since, after, top, wanted }) => {
      const written = all().filter((one) => since === undefined || writtenAt(one) >= since.getTime());
      const lines = written.map(({ migration }) => listed(migration));
      const known = lines.filter(({ isForgotten }) => since !== undefined || !isForgotten);
      const items = known.filter((one) => wanted?.(one) ?? true);
      const page = cut(items, ({ line }) => line.migrationId, { top, after });
      return { ...page, asOf: new Date(version + 1) };
    },
    listedFolders: async (after) => listedFolders([...migrations.values()], after),
    listedIds: async () => new Set(migrations.keys()),
    ids: async (after = "", most) =>
      [...migrations.keys()]
        .sort()
        .filter((id) => id > after)
        .slice(0, most),
    commit,
    note: async (id, key) => partition(id).notes.get(key),
    outbox: async (id) => inOrderOfTime(partition(id).outbox),
    published: async (id, moved) => {
      const { outbox, events } = partition(id);
      for (const event of moved) {
        if (outbox.delete(event.id)) published.push(event);
        if (!events.has(event.id)) events.set(event.id, event);
      }
    },
    claimOutbox: async (id, now) => {
      const known = partition(id).publishing;
      if (known && now.getTime() - known.at.getTime() <= CLAIM_MS) return undefined;
      const claim = `claim ${++version}`;
      partition(id).publishing = { claim, at: now };
      return claim;
    },
    dropOutboxClaim: async (id, claim) => {
      if (partition(id).publishing?.claim === claim) partition(id).publishing = undefined;
    },
    events: async (id) => inOrderOfTime(partition(id).events),
    audit: async (id) => audited(id).map(([, entry]) => entry),
    auditPage: async (id, asked) => {
      const { items, ...more } = cut(audited(id), ([key]) => key, asked);
      return { items: items.map(([, entry]) => entry), ...more };
    },
    beginTurn: async (id, watch) => {
      partition(id).wake = { watch };
      return migrations.get(id);
    },
    dropWatch: async ({ migrationId, run }) => {
      const { wake } = partition(migrationId);
      if (wake?.watch?.startsWith(`${runInstanceId(migrationId, run)}-`)) partition(migrationId).wake = {};
    },
    watchToSignal: async (id, now) => {
      const { wake } = partition(id);
      if (!wake) return { kind: "nobody" };
      if (wake.pending && now.getTime() - wake.pending.getTime() <= WAKE_UP_MS) return { kind: "underWay" };
      partition(id).wake = { ...wake, pending: now };
      return wake.watch === undefined ? { kind: "nobody" } : { kind: "watch", watch: wake.watch };
    },
    signalAnswered: async (id) => {
      const { pending: _, ...wake } = partition(id).wake ?? {};
      if (partition(id).wake) partition(id).wake = wake;
    },
    claimCard: async (id, eventId, now) => {
      const { cards } = partition(id);
      const known = cards.get(eventId);
      if (known === "posted") return "posted";
      if (known && now.getTime() - known.getTime() <= CLAIM_MS) return "busy";
      cards.set(eventId, now);
      return "claimed";
    },
    dropCardClaim: async (id, eventId) => {
      partition(id).cards.delete(eventId);
    },
    noteCardPosted: async (id, eventId) => {
      partition(id).cards.set(eventId, "posted");
    },
    /** The list is read from the migrations, so that no line is ever older. */
    repairLine: async () => {},
  };
  return { store, migrations, published, audit, put };
}

/** Versions serve as the clock of these tables. */
const writtenAt = ({ version }: MigrationFacts): number => Number(version) || 0;

/** Answers as a table of lines, a thousand at a time. */
export function listedFolders(
  lines: readonly Pick<MigrationFacts, "migration" | "version">[],
  after = "",
): ListedFolders {
  const behind = lines
    .map(({ migration, version }) => ({
      migrationId: migration.migrationId,
      line: {
        folder: migration.source.folder,
        hasEnded: hasEnded(migration),
        ...(migration.target && { vmKey: vmKeyOf(migration.target.sqlVmResourceId) }),
        revision: Number(version),
      },
    }))
    .filter(({ migrationId }) => migrationId > after)
    .sort((a, b) => (a.migrationId < b.migrationId ? -1 : 1));
  const folders = behind.slice(0, 1_000);
  const next = folders.at(-1)?.migrationId;
  return { folders, ...(next !== undefined && behind.length > folders.length && { next }) };
}

/** Answers as a container, 2,000 names at a time. */
export function topLevel(files: readonly BackupFile[], page = "0"): TopLevel {
  const first = Number(page);
  const names = [...new Set(files.map(({ name }) => (name.includes("/") ? `${name.split("/")[0]}/` : name)))].sort();
  const some = new Set(names.slice(first, first + 2_000));
  return {
    folders: [...some].filter((name) => name.endsWith("/")).map((name) => name.slice(0, -1)),
    files: files.filter(({ name }) => some.has(name)),
    ...(names.length > first + 2_000 && { next: `${first + 2_000}` }),
  };
}

export interface MemorySweeps {
  readonly store: Sweeps;
  report: SweepReport | undefined;
  progress: SweepProgress | undefined;
  /** By migration. */
  readonly marks: Map<string, FolderMark>;
}

export function memorySweeps(): MemorySweeps {
  const marks = new Map<string, FolderMark>();
  const sweeps: MemorySweeps = {
    marks,
    report: undefined,
    progress: undefined,
    store: {
      last: async () => sweeps.report,
      note: async (report) => {
        sweeps.report = report;
      },
      progress: async () => sweeps.progress,
      keep: async (progress) => {
        sweeps.progress = progress;
      },
      marks: async (first, last) => new Map([...marks].filter(([id]) => id >= first && id <= last)),
      mark: async (migrationId, mark) => {
        marks.set(migrationId, mark);
      },
    },
  };
  return sweeps;
}

/** Fails unless the events agree with docs/events.schema.json. */
export function assertAsDocumented(events: readonly FerryEvent[]): void {
  for (const event of events) assert.equal(unlikeItsSchema(event), undefined);
}

const inOrderOfTime = (events: ReadonlyMap<string, FerryEvent>): FerryEvent[] =>
  [...events.values()].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));

export interface MemoryQueues {
  readonly store: VmQueues;
  /** Saves as another process does. */
  put(vmKey: string, queue: VmQueue): void;
  queueOf(vmKey: string): VmQueue;
}

export function memoryQueues(): MemoryQueues {
  let version = 0;
  const rows = new Map<string, { readonly queue: VmQueue; readonly version: string }>();
  const put = (vmKey: string, queue: VmQueue): void => {
    rows.set(vmKey, { queue, version: `${++version}` });
  };
  return {
    store: {
      load: async (vmKey) => rows.get(vmKey) ?? { queue: EMPTY_QUEUE, version: undefined },
      list: async () => [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([vmKey, { queue }]) => ({ vmKey, queue })),
      save: async (vmKey, queue, known) => {
        if (rows.get(vmKey)?.version !== known) return "conflict";
        put(vmKey, queue);
        return "saved";
      },
    },
    put,
    queueOf: (vmKey) => rows.get(vmKey)?.queue ?? EMPTY_QUEUE,
  };
}

export interface MemoryAssessments {
  readonly store: AssessmentStore;
  /** All rows as text, to see whether anything has changed. */
  everything(): string;
}

export function memoryAssessments(): MemoryAssessments {
  type Server = Awaited<ReturnType<AssessmentStore["server"]>>;
  let version = 0;
  const servers = new Map<string, NonNullable<Server>>();
  const databases = new Map<string, KnownDatabase>();
  const audits = new Map<string, AuditEntry[]>();
  const all = () => [...databases.values()];
  return {
    everything: () => JSON.stringify([[...servers], [...databases], [...audits]]),
    store: {
      ids: async (asked) => cut([...servers.keys()].sort(), (id) => id, asked),
      server: async (id) => servers.get(id),
      lines: async (id) =>
        all()
          .filter(({ assessmentId }) => assessmentId === id)
          .map(({ database }) => lineOf(database))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      find: async (id, database) => databases.get(`${id}|${rowKeyOf(database)}`),
      byGuids: async (familyGuid, databaseGuid) =>
        all().filter(({ database: one }) => one.familyGuid === familyGuid && one.databaseGuid === databaseGuid),
      byName: async (id, name) =>
        all().filter(
          ({ assessmentId, database }) => assessmentId === id && nameKeyOf(database.name) === nameKeyOf(name),
        ),
      audit: async (id) => audits.get(id) ?? [],
      commit: async ({ server, serverVersion, databases: changed, audit }) => {
        const { assessmentId } = server;
        const keyed = changed.map((one) => ({ ...one, key: `${assessmentId}|${rowKeyOf(one.database)}` }));
        if (servers.get(assessmentId)?.version !== serverVersion) return "conflict";
        if (keyed.some(({ key, version: known }) => databases.get(key)?.version !== known)) return "conflict";
        for (const { key, database } of keyed) databases.set(key, { assessmentId, database, version: `${++version}` });
        servers.set(assessmentId, { server, version: `${++version}` });
        audits.set(assessmentId, [...(audits.get(assessmentId) ?? []), ...audit]);
        return "committed";
      },
      remove: async (id, name, entry) => {
        audits.set(id, [...(audits.get(id) ?? []), entry]);
        for (const [key, { assessmentId, database }] of databases)
          if (assessmentId === id && (name === undefined || nameKeyOf(database.name) === nameKeyOf(name)))
            databases.delete(key);
        if (name === undefined) servers.delete(id);
      },
    },
  };
}
