// Tests the contract of every store of assessments: they are found by GUIDs and by name; of two that are published at
// once, one is decided anew.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type AssessmentStore, assessmentIdOf, lineOf } from "../../shared/assessed/assessmentStore.ts";
import type { Assessment } from "../../shared/source/assessment.ts";
import { anAssessment, databaseOf, serverOf, withTde } from "../support/assessments.ts";
import { anAuditEntry } from "../support/facts.ts";

export function assessmentsContract(store: () => AssessmentStore, fresh: () => string): void {
  const aServer = (facts: Parameters<typeof anAssessment>[0] = {}): Assessment =>
    anAssessment(
      {
        familyGuid: `F ${fresh().replaceAll("'", "")}`.toUpperCase(),
        databaseGuid: "D",
        name: "It's 50% [a/b] ü",
        ...facts,
      },
      { server: `SRC\\${fresh()}` },
    );
  const publish = (assessment: Assessment, audit: readonly ReturnType<typeof anAuditEntry>[] = []) =>
    store().commit({
      server: serverOf(assessment),
      databases: assessment.databases.map((database) => ({ database })),
      audit,
    });
  /** Page after page, of two. */
  const idsKnown = async (): Promise<string[]> => {
    const ids: string[] = [];
    let after: string | undefined;
    do {
      const { items, next } = await store().ids({ top: 2, after });
      assert.ok(items.length <= 2);
      ids.push(...items);
      after = next;
    } while (after !== undefined);
    assert.deepEqual(ids, [...new Set(ids)].sort());
    return ids;
  };
  const found = (known: Awaited<ReturnType<AssessmentStore["byName"]>>) => known.map(({ database }) => database);

  test("a server of which nobody has published is nobody's", async () => {
    const id = assessmentIdOf(fresh());
    assert.equal(await store().server(id), undefined);
    assert.deepEqual([await store().lines(id), await store().audit(id)], [[], []]);
    assert.deepEqual([await store().byName(id, "Sales"), await store().byGuids(fresh(), "D")], [[], []]);
  });

  test("what was published is found by the server, by the database's GUIDs and by its name, whatever its case", async () => {
    const assessment = aServer(withTde);
    const database = databaseOf(assessment);
    const { assessmentId } = serverOf(assessment);
    assert.equal(await publish(assessment, [anAuditEntry("a", "2025-11-24T00:00:00.000Z")]), "committed");
    assert.deepEqual((await store().server(assessmentId))?.server, serverOf(assessment));
    assert.ok((await idsKnown()).includes(assessmentId));
    assert.deepEqual(found(await store().byGuids(database.familyGuid ?? "", "D")), [database]);
    assert.deepEqual(found(await store().byName(assessmentId, "IT'S 50% [A/B] Ü ")), [database]);
    assert.deepEqual((await store().find(assessmentId, database))?.database, database);
    assert.deepEqual(await store().lines(assessmentId), [lineOf(database)]);
    assert.deepEqual(
      (await store().audit(assessmentId)).map(({ id }) => id),
      ["a"],
    );
  });

  test("one database under two servers is found under both by its GUIDs, and one created anew beside the old one by its name", async () => {
    const one = aServer();
    const two = { ...one, server: `SRC\\${fresh()}` };
    const anew = { ...one, databases: [{ ...databaseOf(one), familyGuid: "ANOTHER" }] };
    await publish(one);
    await publish(two);
    const { assessmentId } = serverOf(one);
    const known = await store().server(assessmentId);
    const databases = anew.databases.map((database) => ({ database }));
    await store().commit({
      server: serverOf(one),
      ...(known && { serverVersion: known.version }),
      databases,
      audit: [],
    });
    const { familyGuid = "", name } = databaseOf(one);
    const places = (await store().byGuids(familyGuid, "D")).map((place) => place.assessmentId);
    assert.deepEqual(places.sort(), [assessmentId, serverOf(two).assessmentId].sort());
    assert.equal((await store().byName(assessmentId, name)).length, 2);
  });

  test("of two who publish at once one is told to decide anew, and nothing of a row is lost", async () => {
    const assessment = aServer();
    await publish(assessment);
    assert.equal(await publish(assessment), "conflict");
    const { assessmentId } = serverOf(assessment);
    const known = (await store().find(assessmentId, databaseOf(assessment))) ?? assert.fail();
    const serverVersion = (await store().server(assessmentId))?.version ?? "";
    const change = (sizeMb: number) => ({
      server: serverOf(assessment),
      serverVersion,
      databases: [{ database: { ...databaseOf(assessment), sizeMb }, version: known.version }],
      audit: [],
    });
    assert.equal(await store().commit(change(1)), "committed");
    assert.equal(await store().commit(change(2)), "conflict");
    assert.equal((await store().lines(assessmentId))[0]?.sizeMb, 1);
  });

  test("what is removed is found no more, by whatever it was, and its audit stays; others are left as they are", async () => {
    const database = databaseOf(aServer());
    const stock = { ...database, name: "Stock", databaseGuid: "S" };
    const assessment = { ...aServer(), databases: [database, stock] };
    const { assessmentId } = serverOf(assessment);
    const { familyGuid = "" } = database;
    await publish(assessment, [anAuditEntry("a", "2025-11-24T00:00:00.000Z")]);
    const names = async () => (await store().lines(assessmentId)).map(({ name }) => name);
    const removeStock = () => store().remove(assessmentId, "STOCK", anAuditEntry("b", "2025-11-24T00:01:00.000Z"));
    await removeStock();
    await removeStock();
    assert.deepEqual(await names(), [database.name]);
    assert.deepEqual([await store().byName(assessmentId, "Stock"), await store().byGuids(familyGuid, "S")], [[], []]);
    assert.equal((await store().byGuids(familyGuid, "D")).length, 1);
    await store().remove(assessmentId, undefined, anAuditEntry("c", "2025-11-24T00:02:00.000Z"));
    assert.equal(await store().server(assessmentId), undefined);
    assert.ok(!(await idsKnown()).includes(assessmentId));
    assert.deepEqual([await names(), await store().byGuids(familyGuid, "D")], [[], []]);
    assert.deepEqual(new Set((await store().audit(assessmentId)).map(({ id }) => id)), new Set(["a", "b", "c"]));
    assert.equal(await publish(assessment), "committed", "it can be published anew");
  });

  test("a hundred databases, each with as much as a row holds, are kept", async () => {
    const database = databaseOf(aServer());
    const [finding] = database.findings;
    const objects = Array.from({ length: 150 }, (_, at) => `${at} ${"ü".repeat(75)}`);
    const many = Array.from({ length: 100 }, (_, at) => ({ ...database, name: `d${at}`, databaseGuid: `D${at}` }));
    const assessment = { ...aServer(), databases: [] as typeof many };
    for (const one of many)
      assessment.databases.push({ ...one, findings: [{ ...(finding ?? assert.fail()), objects }] });
    assert.equal(await publish(assessment), "committed");
    assert.equal((await store().lines(serverOf(assessment).assessmentId)).length, 100);
  });
}
