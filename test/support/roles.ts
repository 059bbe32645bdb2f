// Builds the world in which every verb is tried with every role: one migration, a migration service, and sign-in.
import type { Migration } from "../../shared/migration/migration.ts";
import type { Services } from "../../shared/ports.ts";
import { full, log, setGuidOf } from "./backupRecords.ts";
import { aMigration } from "./facts.ts";
import { aWorld, shown, VM, type World } from "./world.ts";

export const MIGRATION_ID = "sales-1";
const FILES = [full(100, 160), log(150, 200)];

const restoring: Migration = aMigration(MIGRATION_ID, {
  state: "readyForCutover",
  target: { sqlVmResourceId: VM, databaseName: "Sales" },
  operationId: "op",
  progress: {
    started: true,
    restoredSetGuids: [],
    anchorSetGuid: setGuidOf(FILES[0] ?? full(0, 1)),
    positionLsn: 160n,
  },
});

export const world: World = aWorld(restoring, { AUTH: "easyAuth", FILE_SHARE_SERVERS: "filer1,SQL01" });
world.records = FILES;
world.seen = shown({ details: { currentFile: "log_150_200.trn", lastRestoredFile: "log_150_200.trn" } });

/** Calls to the migration service. */
export const asked: string[] = [];
const noted =
  <Answer>(what: string, answer: Answer) =>
  async (): Promise<Answer> => {
    asked.push(what);
    return answer;
  };

export const services: Services = {
  ...world.services,
  migrationServices: {
    ...world.services.migrationServices,
    create: noted("create", { ok: true }),
    authKeys: noted("authKeys", { ok: true, keys: { authKey1: "IR@1" } }),
    regenerateAuthKey: noted("regenerateAuthKey", { ok: true, keys: { authKey1: "IR@2" } }),
    nodes: async () => ({ kind: "seen", facts: [{ nodeName: "HOST1" }] }),
    deleteNode: noted("deleteNode", { ok: true }),
  },
};

/** Puts the migration back as it was at first, and removes all others. */
export function asAtFirst(changes: Partial<Migration> = {}): void {
  const migration = { ...restoring, ...changes };
  world.migrations.clear();
  world.claims.clear();
  world.migrations.set(migration.migrationId, { migration, version: "first", requests: {} });
  world.audit.length = 0;
  const since = "2025-11-24T00:00:00.000Z";
  const ticket = { migrationId: MIGRATION_ID, run: 1, status: "restoring", kind: "start", since } as const;
  world.queue = { startsSinceCooldown: 1, tickets: [ticket] };
  world.signalled.length = 0;
  world.sizings.clear();
  asked.length = 0;
}

/** Everything that a verb could change, as text. */
export const everything = (): string =>
  JSON.stringify(
    [
      [...world.migrations],
      [...world.claims],
      world.audit,
      world.signalled,
      world.orders,
      asked,
      world.assessments.everything(),
      [...world.sizings],
    ],
    (_, member: unknown) => (typeof member === "bigint" ? `${member}` : member),
  );
