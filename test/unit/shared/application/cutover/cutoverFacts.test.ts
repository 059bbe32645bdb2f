// Tests that judging a cutover writes nothing, and that it still uses what DMS shows of a share.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cutOver } from "../../../../../functions/activities/cutOver.ts";
import { requestCutover } from "../../../../../functions/http/commands/requestCutover.ts";
import { cutoverFacts } from "../../../../../shared/application/cutover/cutoverFacts.ts";
import type { BackupRecord } from "../../../../../shared/chain/backupRecord.ts";
import type { BackupSetProgress } from "../../../../../shared/migration/migration.ts";
import { guid } from "../../../../support/backupRecords.ts";
import { aMigration, aShare } from "../../../../support/facts.ts";
import { ask, aWorld, shown, VM } from "../../../../support/world.ts";

const set = (type: string, first: number, last: number, name: string): BackupSetProgress => ({
  setId: guid(`${type} ${first}`),
  type,
  firstLsn: BigInt(first),
  lastLsn: BigInt(last),
  backupStartDate: "2025-11-24T21:00:00.277Z",
  backupFinishDate: "2025-11-24T21:00:01Z",
  isRestored: true,
  familyCount: 1,
  files: [{ name, status: "Restored", sizeBytes: 1_000, familySequenceNumber: 1 }],
});
const SETS = [set("Database", 100, 160, "f.bak"), set("TransactionLog", 150, 200, "l.trn")];

/** A restore from a share: DMS shows two sets, and there are no rows. */
function fromAShare() {
  const world = aWorld(
    aMigration("sales-1", {
      state: "restoring",
      target: { sqlVmResourceId: VM, databaseName: "Sales" },
      operationId: "op",
      source: {
        container: "backups",
        folder: "Sales",
        rootIsADatabase: false,
        databaseName: "Sales",
        fileShare: aShare,
      },
      progress: { started: true, restoredSetGuids: [] },
    }),
  );
  world.seen = shown({ details: { sets: SETS, lastRestoredFile: "l.trn", pendingLogBackups: 0 } });
  const written: BackupRecord[] = [];
  const services = {
    ...world.services,
    catalogue: {
      ...world.services.catalogue,
      put: async (_: string, record: BackupRecord) => {
        written.push(record);
        world.records = [...world.records.filter(({ name }) => name !== record.name), record];
      },
    },
  };
  return { world, services, written };
}

test("a request for a cutover judges what DMS shows of a share, and writes none of it", async () => {
  const { world, services, written } = fromAShare();
  const facts = await cutoverFacts(services, world.migration());
  assert.ok(facts.kind === "facts");
  assert.deepEqual(
    facts.report.plan.flatMap(({ files }) => files),
    ["Sales/f.bak", "Sales/l.trn"],
  );
  const request = { params: { id: "sales-1" }, headers: { "if-match": '"another"' } };
  const answer = await ask(requestCutover(services), world, request);
  assert.deepEqual([answer.status, answer.body.planVersion], [412, facts.report.planVersion]);
  assert.deepEqual(written, []);
});

test("a row that DMS shows as another set is judged as that, and in its place", async () => {
  const { world, services } = fromAShare();
  const first = await cutoverFacts(services, world.migration());
  assert.ok(first.kind === "facts");
  await cutOverOf(world, services, first.report.planVersion);
  world.seen = shown({ details: { sets: [SETS[0] ?? assert.fail(), set("TransactionLog", 155, 260, "l.trn")] } });
  const second = await cutoverFacts(services, world.migration());
  assert.ok(second.kind === "facts");
  assert.equal(second.report.plan.at(-1)?.lastLsn, 260n);
  assert.equal(second.report.files.length, 2);
});

test("the cutover itself notes what was judged", async () => {
  const { world, services, written } = fromAShare();
  const facts = await cutoverFacts(services, world.migration());
  assert.ok(facts.kind === "facts");
  await cutOverOf(world, services, facts.report.planVersion);
  assert.deepEqual(
    written.map(({ name }) => name),
    ["Sales/f.bak", "Sales/l.trn"],
  );
});

async function cutOverOf(
  { change, log }: ReturnType<typeof aWorld>,
  services: ReturnType<typeof aWorld>["services"],
  planVersion: string,
): Promise<void> {
  const cutover = {
    kind: "cutover",
    requestId: "w",
    run: 1,
    by: "Dana",
    at: "2025-11-24T00:20:00.000Z",
    planVersion,
    sourceClosed: true,
    force: true,
    reason: "A test.",
  } as const;
  change({}, { cutover });
  await cutOver(services)({ migrationId: "sales-1", run: 1 }, log);
}
