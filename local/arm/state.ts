// Keeps the emulator's state across restarts in one JSON file, written after every change.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatLsn, parseLsn } from "../../shared/backup/lsn.ts";
import type { BlobDetails } from "./assumed.ts";
import type { DatabaseMigration } from "./databaseMigration.ts";
import type { Fault } from "./faults.ts";
import type { FailedAs } from "./views.ts";

export interface Settings {
  /** MB a second while restoring. */
  readonly restoreMBps: number;
  /** MB a second while an integration runtime uploads from a share. */
  readonly uploadMBps: number;
  /** From the create to the start: one at a time on each VM. */
  readonly validationSeconds: number;
  /** From the cutover to the end: one at a time on each VM. */
  readonly cutoverSeconds: number;
  readonly cancelSeconds: number;
  /** Between one restored set and the log that follows it. */
  readonly logPauseSeconds: number;
  /** How long a VM is taken by one start and by one cutover, where that is longer. */
  readonly startSlotSeconds: number;
  readonly cutoverSlotSeconds: number;
  /** Databases that a VM takes before all have ended and it has rested. */
  readonly maxDatabasesPerVm: number;
  readonly cooldownMinutes: number;
  /** From the creation of a migration service to its end. */
  readonly serviceSeconds: number;
  /** Sent as Retry-After. */
  readonly retryAfterSeconds: number;
  /** How much faster than real the emulator's clock runs. */
  readonly speed: number;
  readonly blobDetails: BlobDetails;
  readonly failedAs: FailedAs;
}

export const DEFAULT_SETTINGS: Settings = {
  restoreMBps: 200,
  uploadMBps: 50,
  validationSeconds: 90,
  cutoverSeconds: 60,
  cancelSeconds: 7,
  logPauseSeconds: 5,
  startSlotSeconds: 0,
  cutoverSlotSeconds: 0,
  maxDatabasesPerVm: 100,
  cooldownMinutes: 30,
  serviceSeconds: 20,
  retryAfterSeconds: 15,
  speed: 1,
  blobDetails: "names",
  failedAs: "Failed",
};

/** An accepted mutation. */
export interface JournalEntry {
  readonly method: "PUT" | "POST cutover" | "POST cancel" | "DELETE";
  readonly vm: string;
  readonly targetDb: string;
  readonly operationId: string;
  /** UTC, of the emulator's clock. */
  readonly at: string;
}

/** An asynchronous operation whose status can be asked for. */
export interface AsyncOperation {
  readonly id: string;
  readonly type:
    | "createsqlvmmigration"
    | "cutoversqlvmmigration"
    | "cancelsqlvmmigration"
    | "deletesqlvmmigration"
    | "createsqlmigrationservice"
    | "deletesqlmigrationservice";
  readonly startedAt: number;
  /** Of the migration that it belongs to, or the name of the service. */
  readonly of: string;
}

/** A sqlMigrationService, and its self-hosted integration runtime. */
export interface ServiceState {
  readonly name: string;
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Provisioning until then. */
  readonly readyAt: number;
  readonly authKey1: string;
  readonly authKey2: string;
  /** Hosts that registered with one of the keys. */
  readonly nodes: readonly string[];
}

export interface EmulatorState {
  /** Signs tokens and operation URLs. */
  readonly secret: string;
  settings: Settings;
  /** At this real time the emulator's clock showed that time. */
  clock: { readonly real: number; readonly shown: number };
  /** Every run, oldest first; the last one of a target is the resource. */
  migrations: readonly DatabaseMigration[];
  operations: readonly AsyncOperation[];
  journal: readonly JournalEntry[];
  services: readonly ServiceState[];
  faults: readonly Fault[];
}

export interface StateFile {
  readonly state: EmulatorState;
  save(): void;
}

/** With a folder it is read from and written to "arm-emulator.json" there; without, memory is all. */
export function openState(dataFolder: string | undefined, settings: Partial<Settings>, now: number): StateFile {
  const path = dataFolder === undefined ? undefined : join(dataFolder, "arm-emulator.json");
  if (dataFolder !== undefined) mkdirSync(dataFolder, { recursive: true });
  const state = path !== undefined && existsSync(path) ? restored(path) : fresh(now);
  state.clock = { real: now, shown: shownTime(state, now) };
  state.settings = { ...DEFAULT_SETTINGS, ...state.settings, ...settings };
  return {
    state,
    save() {
      if (path === undefined) return;
      writeFileSync(`${path}.new`, JSON.stringify(state, toText));
      renameSync(`${path}.new`, path);
    },
  };
}

/** What the emulator's clock shows, both in milliseconds since 1970. */
export const shownTime = ({ clock, settings }: EmulatorState, now: number): number =>
  clock.shown + (now - clock.real) * settings.speed;

const restored = (path: string): EmulatorState => ({
  ...fresh(0),
  ...(JSON.parse(readFileSync(path, "utf8"), fromText) as EmulatorState),
});

const fresh = (now: number): EmulatorState => ({
  secret: randomBytes(32).toString("base64"),
  settings: DEFAULT_SETTINGS,
  clock: { real: now, shown: now },
  migrations: [],
  operations: [],
  journal: [],
  services: [],
  faults: [],
});

// LSNs are the only bigints; in JSON they are marked text.
const toText = (_key: string, value: unknown): unknown =>
  typeof value === "bigint" ? `lsn:${formatLsn(value)}` : value;

const fromText = (_key: string, value: unknown): unknown =>
  typeof value === "string" && /^lsn:\d{1,25}$/.test(value) ? parseLsn(value.slice("lsn:".length)) : value;
