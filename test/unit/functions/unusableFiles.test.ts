// Tests that each kind of unusable file that may be newer than the plan's end holds up start and cutover, before and
// after the start, whether it comes before or after good ones, until a person forces it with a reason.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cutOver } from "../../../functions/activities/cutOver.ts";
import { lookAtFolder } from "../../../functions/activities/lookAtFolder.ts";
import { lookAtRestore } from "../../../functions/activities/lookAtRestore.ts";
import { lookAtStart } from "../../../functions/activities/lookAtStart.ts";
import { lookForSlot } from "../../../functions/activities/lookForSlot.ts";
import { requestCutover } from "../../../functions/http/commands/requestCutover.ts";
import { startMigration } from "../../../functions/http/commands/startMigration.ts";
import type { BackupRecord } from "../../../shared/chain/backupRecord.ts";
import type { Migration } from "../../../shared/migration/migration.ts";
import { differential, full, headerOf, log, setGuidOf, tail, unreadable } from "../../support/backupRecords.ts";
import { aMigration } from "../../support/facts.ts";
import { type Asked, ask, aWorld, shown, target, type World, watched } from "../../support/world.ts";

const base = full(100, 160);
/** The source is closed: without the bad file nothing would be wrong. */
const good = [base, log(150, 200), tail(200, 300)];
const lastGood = "log_200_300.trn";

const twoSets = log(300, 320);
const KINDS: Readonly<Record<string, BackupRecord>> = {
  truncated: unreadable("bad.trn", "TRUNCATED"),
  empty: unreadable("bad.trn", "ZERO_BYTES"),
  appended: {
    ...twoSets,
    name: "Sales/bad.trn",
    content:
      twoSets.content.kind === "header"
        ? { ...twoSets.content, backupSets: [headerOf(twoSets), headerOf(log(320, 340))] }
        : twoSets.content,
  },
  encrypted: unreadable("bad.trn", "ENCRYPTED_MEDIA"),
  foreign: unreadable("bad.trn", "NOT_A_BACKUP"),
  "of an absent base": differential(310, 340, full(305, 306), { file: "bad.dif" }),
  "of an unsupported compression": unreadable("bad.trn", "UNSUPPORTED_COMPRESSION"),
  "still uploading": unreadable("bad.trn", "STILL_WRITING"),
  archived: unreadable("bad.trn", "ARCHIVED"),
  unreachable: unreadable("bad.trn", "UNREACHABLE"),
};
const GOOD_ARRIVED = good[0]?.arrivedAt ?? assert.fail();
const ARRIVED = {
  before: new Date(Date.parse(GOOD_ARRIVED) - 86_400_000).toISOString(),
  after: new Date(Date.parse(GOOD_ARRIVED) + 86_400_000).toISOString(),
};
const BEING_READ = ["still uploading", "unreachable"];

function aWorldOf(records: readonly BackupRecord[], changes: Partial<Migration>): World {
  const world = aWorld(aMigration("sales-1", { target, ...changes }));
  world.records = records;
  world.now = new Date(Date.parse(ARRIVED.after) + 3_600_000);
  return world;
}
const said = (handler: typeof startMigration, world: World) => async (json: object) => {
  const asking = (headers: Asked["headers"] = {}) =>
    ask(handler(world.services), world, { params: { id: "sales-1" }, headers, json });
  const { planVersion } = (await asking()).body;
  return asking({ "if-match": `"${planVersion}"` });
};
const FORCED = { force: true, reason: "What it held was copied by hand." };

for (const [kind, file] of Object.entries(KINDS))
  for (const [when, arrivedAt] of Object.entries(ARRIVED)) {
    const bad = { ...file, arrivedAt };
    const both = [...good, bad].toSorted((a, b) => (a.arrivedAt < b.arrivedAt ? -1 : 1));
    describe(`a file that is ${kind}, and came ${when} the newest good one`, () => {
      test("holds up an offline start, by whatever it would begin; the answer names file, reason and remedy", async () => {
        const world = aWorldOf(both, { mode: "offline" });
        const start = said(startMigration, world);
        const { status, body } = await start({ ifReady: true });
        assert.deepEqual([status, body.type.split("/").at(-1)], [409, "unusable-backups"]);
        assert.match(body.detail, new RegExp(`bad\\.\\w+ \\(${body.unusableNewer[0].reason}\\): .+`));
        assert.equal((await start({})).status, 202, "the word is remembered");
        assert.ok("nextLookSeconds" in (await lookAtFolder(world.services)(watched, world.log)));
        assert.equal(world.migration().state, "waitingForChain");
      });

      test("sends nothing when it comes while the start waits for its turn", async () => {
        const world = aWorldOf(good, { mode: "offline" });
        await lookAtFolder(world.services)(watched, world.log);
        await lookForSlot(world.services)({ ...watched, kind: "start" }, world.log);
        world.records = both;
        const found = await lookAtStart(world.services)(watched, world.log);
        assert.deepEqual(world.orders, []);
        if (BEING_READ.includes(kind)) assert.equal(world.migration().waitingOn?.code, "FILES_NOT_READ");
        else assert.equal("end" in found && "failure" in found.end && found.end.failure?.code, "UNUSABLE_BACKUPS");
      });

      test("lets a start pass that is forced with a reason, and the audit says who lost what, and why", async () => {
        const world = aWorldOf(both, { mode: "offline" });
        assert.equal((await said(startMigration, world)(FORCED)).status, 202);
        assert.deepEqual(await lookAtFolder(world.services)(watched, world.log), { end: { end: "startable" } });
        const { by, detail, facts } = world.audit[0] ?? assert.fail();
        assert.deepEqual([by, facts["forced"], facts["reason"]], ["anonymous", true, FORCED.reason]);
        assert.match(detail, /will be missing on the target\. The plan ends at .*bad\./);
        await lookForSlot(world.services)({ ...watched, kind: "start" }, world.log);
        await lookAtStart(world.services)(watched, world.log);
        const [order] = world.orders;
        assert.equal(typeof order === "object" && order.lastBackupName, lastGood);
      });

      const aRestore = (records: readonly BackupRecord[]): World => {
        const progress = { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base), positionLsn: 160n };
        const world = aWorldOf(records, { state: "restoring", operationId: "op", progress });
        world.seen = shown({ details: { currentFile: lastGood, lastRestoredFile: lastGood } });
        return world;
      };

      test("keeps a restore from being ready, and holds up the cutover", async () => {
        const world = aRestore(both);
        await lookAtRestore(world.services)(watched, world.log);
        const g6 = world.migration().gate?.find(({ id }) => id === "G6");
        assert.deepEqual([world.migration().state, g6?.ok], ["restoring", false]);
        const { status, body } = await said(requestCutover, world)({});
        assert.equal(status, 409);
        const reasons = [body, ...(body.alsoRefusedFor ?? [])];
        const about = reasons.find(({ files = [] }: { files?: string[] }) => files.includes(bad.name));
        assert.match(about?.detail ?? "", /bad\./);
        assert.deepEqual(world.requests(), {});
      });

      test("stops a cutover that was noted before it came, and that DMS has not been asked for", async () => {
        const world = aRestore(good);
        await lookAtRestore(world.services)(watched, world.log);
        assert.equal(world.migration().state, "readyForCutover");
        assert.equal((await said(requestCutover, world)({})).status, 202);
        world.records = both;
        assert.deepEqual(await cutOver(world.services)(watched, world.log), { accepted: false });
        assert.deepEqual([world.orders, world.requests().cutover?.outcome?.status], [[], "refused"]);
      });

      test("lets a cutover pass that is forced with a reason, and the audit keeps reason and loss", async () => {
        const world = aRestore(both);
        assert.equal((await said(requestCutover, world)(FORCED)).status, 202);
        const { detail, facts } = world.audit.at(-1) ?? assert.fail();
        assert.deepEqual([facts["forced"], facts["reason"], facts["G6"]], [true, FORCED.reason, false]);
        assert.match(detail, /loses|lost/);
        assert.deepEqual(await cutOver(world.services)(watched, world.log), { accepted: true });
        assert.deepEqual(world.orders, ["cutOver"]);
      });
    });
  }

describe("a file of another database", () => {
  const stray = log(300, 340, { file: "stray.trn", database: "Wages", family: "wages" });

  test("stops start and cutover, and nothing forces it: a folder is one database's", async () => {
    const waiting = aWorldOf([...good, stray], { mode: "offline" });
    for (const json of [{ ifReady: true }, FORCED]) {
      const { status, body } = await said(startMigration, waiting)(json);
      assert.deepEqual([status, body.type.split("/").at(-1)], [409, "mixed-databases"]);
    }
    const progress = { started: true, restoredSetGuids: [], anchorSetGuid: setGuidOf(base), positionLsn: 160n };
    const restored = aWorldOf([...good, stray], { state: "restoring", operationId: "op", progress });
    restored.seen = shown({ details: { currentFile: lastGood, lastRestoredFile: lastGood } });
    for (const json of [{}, FORCED]) assert.equal((await said(requestCutover, restored)(json)).status, 409);
  });
});
