// Lists the kinds of migrations that the chaos plays: what arrives when, what people ask for, how DMS and the VM
// behave, and how each has to end.
import { type SourceDatabase, sourceDatabase } from "../../local/backups/history.ts";
import type { EngineFailure } from "../../shared/migration/observed.ts";
import type { MigrationState } from "../../shared/migration/words.ts";

/** A file that is dropped, minutes after the beginning. */
export interface Drop {
  readonly minute: number;
  readonly fileName: string;
  readonly bytes: Uint8Array;
  /** What DMS reads in it; absent: nothing. */
  readonly set?: { readonly isFull: boolean; readonly firstLsn: bigint; readonly lastLsn: bigint };
}

/** What was observed of one migration. */
export interface Seen {
  /** The minute in which a verdict on the file of this drop, in any version, was first announced. */
  readonly announcedMinute: (drop: number) => number;
  readonly run: number;
}

export interface Kind {
  readonly name: string;
  readonly mode: "online" | "offline";
  readonly start: "auto" | "manual";
  readonly drops: (name: string) => readonly Drop[];
  /** What a person asks for once everything is there. */
  readonly wants: readonly ("start" | "cutover" | "restart")[];
  /** The minute in which a person cancels. */
  readonly cancelMinute?: number;
  /** What DMS does with the first creates, one each: it refuses, or fails so many minutes after it has accepted. */
  readonly creates?: readonly (
    | { readonly refuses: EngineFailure }
    | { readonly fails: EngineFailure; readonly minutes: number }
  )[];
  /** The VM is off until this minute. */
  readonly vmOnMinute?: number;
  /**
   * True when, by chance, what this kind is about was never observed: then the migration goes as any other of its mode.
   */
  readonly isMissed?: (seen: Seen) => boolean;
  readonly ends: MigrationState;
  readonly runs: number;
  /** Creates that DMS accepts, and events beyond those of every migration, each in exactly this number. */
  readonly taken: number;
  readonly events: Readonly<Record<string, number>>;
  /** A gap opens and is healed. Other kinds may have one too: a file whose event was lost looks like one. */
  readonly gap?: true;
}

const failure = (kind: EngineFailure["kind"], code: string): EngineFailure => ({
  code,
  message: `${code}.`,
  cause: "DMS says so.",
  remedy: "Mend it.",
  kind,
});

const drop = (minute: number, { fileName, bytes, spec }: ReturnType<SourceDatabase["full"]>): Drop => ({
  minute,
  fileName,
  bytes,
  set: { isFull: spec.backupType === 1, firstLsn: spec.firstLsn, lastLsn: spec.lastLsn },
});

const source = (name: string): SourceDatabase => sourceDatabase({ name, startedAt: "2025-11-24T21:00:00" });

/** A full backup and three logs, the last perhaps a tail log. */
function history(name: string, { tail = false, minutes = [0, 2, 6, 12] }: { tail?: boolean; minutes?: number[] } = {}) {
  const from = source(name);
  const backups = [from.full(), from.log(), from.log(), from.log({ tail })];
  return backups.map((backup, index) => drop(minutes[index] ?? 0, backup));
}

const usual = { start: "auto", runs: 1, taken: 1, events: {} } as const;
const online = { ...usual, mode: "online", wants: ["cutover"], ends: "succeeded" } as const;
const offline = { ...usual, mode: "offline", wants: [], ends: "succeeded" } as const;

export const KINDS: readonly Kind[] = [
  { ...online, name: "online", drops: (name) => history(name) },
  {
    ...online,
    name: "online on the word",
    start: "manual",
    wants: ["start", "cutover"],
    drops: (name) => history(name),
  },
  { ...offline, name: "closed by a tail log", drops: (name) => history(name, { tail: true }) },
  { ...offline, name: "offline on the word", start: "manual", wants: ["start"], drops: (name) => history(name) },
  {
    ...online,
    name: "a log that comes late",
    drops: (name) => history(name, { minutes: [0, 2, 30, 12] }),
    isMissed: ({ announcedMinute }) => Math.max(announcedMinute(0), announcedMinute(3)) >= 30,
    gap: true,
  },
  {
    ...online,
    name: "a file that is none, until it is dropped again",
    drops(name) {
      const [full, ...logs] = history(name);
      if (!full) return [];
      const { set: _, ...broken } = { ...full, bytes: new Uint8Array(700).fill(65) };
      return [broken, { ...full, minute: 45 }, ...logs];
    },
    isMissed: ({ announcedMinute }) => announcedMinute(0) >= 45,
    events: { "backup.rejected": 1 },
  },
  {
    ...online,
    name: "no full backup",
    drops: (name) => history(name).slice(1),
    ends: "waitingForChain",
    taken: 0,
  },
  {
    ...online,
    name: "canceled while it is restored",
    wants: [],
    cancelMinute: 40,
    drops: (name) => history(name),
    ends: "canceled",
  },
  {
    ...offline,
    name: "canceled before it starts",
    start: "manual",
    cancelMinute: 9,
    drops: (name) => history(name),
    ends: "canceled",
    taken: 0,
  },
  {
    ...offline,
    name: "a create that DMS refuses, and a restart",
    drops: (name) => history(name, { tail: true }),
    wants: ["restart"],
    creates: [{ refuses: failure("user", "NotAllowed") }],
    runs: 2,
    events: { "migration.failed": 1 },
  },
  {
    ...online,
    name: "a start that fails, and a restart",
    drops: (name) => history(name),
    wants: ["cutover", "restart"],
    creates: [{ fails: failure("user", "CertificateMissing"), minutes: 0.5 }],
    runs: 2,
    taken: 2,
    events: { "migration.failed": 1 },
  },
  {
    ...online,
    name: "starts that heal by waiting",
    drops: (name) => history(name),
    creates: [
      { fails: failure("wait", "SingleUser"), minutes: 0.5 },
      { fails: failure("fault", "Internal"), minutes: 0.5 },
    ],
    taken: 3,
  },
  {
    ...online,
    name: "a restore that DMS ends",
    drops: (name) => history(name),
    creates: [{ fails: failure("user", "LogChainBroken"), minutes: 10 }],
    wants: [],
    ends: "failed",
    events: { "migration.failed": 1 },
  },
  {
    ...offline,
    name: "a VM that is off, and a restart",
    drops: (name) => history(name, { tail: true }),
    vmOnMinute: 45,
    isMissed: ({ run }) => run === 1,
    wants: ["restart"],
    runs: 2,
    events: { "migration.failed": 1 },
  },
];
