// Tests that real SQL Server backups migrate from end to end, online and offline. They are other people's files, and
// are read where they are, beside the checkout.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Stack, startStack } from "../../local/stack.ts";
import { type Client, clientOf } from "./support/client.ts";
import { elsewhere, suffix } from "./support/elsewhere.ts";

const BACKUPS = fileURLToPath(new URL("../../../shared/backups/", import.meta.url));
const skip = existsSync(BACKUPS) ? false : "there is no ../shared/backups beside the checkout";

interface Expected {
  readonly restored: readonly string[];
  readonly endLsn: string;
  /** Where the folder has another name than the database, which then has to be confirmed. */
  readonly databaseName?: string;
}

/**
 * The files that have to be restored at least, in this order, found by reading the LSNs of their sets. Files that add
 * nothing may be restored as well.
 */
const SETS: Readonly<Record<string, Expected>> = {
  RestoreTimeClean: {
    restored: [
      "RestoreTimeClean.bak",
      "RestoreTimeClean2.bak",
      "RestoreTimeClean2_1.trn",
      "RestoreTimeClean2_2.trn",
      "RestoreTimeClean2_3.trn",
    ],
    endLsn: "25000000022000001",
  },
  OlaMsFilter: {
    restored: ["test_FULL_20160629_142200.bak", "test_DIFF_20160629_142800.bak"],
    endLsn: "21000000024100001",
    databaseName: "OlaMsFilterTest",
  },
  ft1: {
    restored: ["SQL2008_ft1_FULL_20170518_041742.bak", "SQL2008_ft1_DIFF_20170518_041826.bak"],
    endLsn: "25000000015600001",
  },
  DoubleDiffing: { restored: ["difftest-full.bak", "difftest-diff2.bak"], endLsn: "24000000013400001" },
  RestoreTimeStripe: {
    restored: ["RestoreTimeStripe.bak", "RestoreTimeStripe_1.trn", "RestoreTimeStripe_2.trn"],
    endLsn: "20000000017600001",
  },
  SchoolDb: { restored: ["SchoolDb.bak"], endLsn: "47000012249600001" },
};

describe("real backups", { skip, concurrency: true }, () => {
  let stack: Stack | undefined;
  let client: Client;
  before(async () => {
    if (!elsewhere)
      stack = await startStack({ emulator: { validationSeconds: 0.2, cutoverSeconds: 0.2, restoreMBps: 100 } });
    client = clientOf(elsewhere ?? stack ?? assert.fail("There is no host."));
  });
  after(() => stack?.stop());

  for (const [name, expected] of Object.entries(SETS)) {
    const missing = existsSync(join(BACKUPS, name)) ? false : `there is no ${name} in ../shared/backups`;
    test(`${name} migrates online: in step, ready, cut over on request`, { skip: missing }, async () => {
      const folder = `${name}-online${suffix}`;
      const id = await client.register(folder, { mode: "online", source: sourceOf(folder, expected) });
      await client.upload(folder, filesOf(name).toReversed()); // the newest first: the order of arrival does not matter
      const ready = await client.until(`${name} is ready with every file restored`, async () => {
        const details = await client.details(id);
        const isInStep = details.restoredTo?.lsn === expected.endLsn && details.files === filesOf(name).length;
        return details.state === "readyForCutover" && isInStep && details;
      });
      await client.until("the cutover is taken", async () => {
        const asked = await client.api(
          "POST",
          `/api/v1/migrations/${id}/cutover`,
          { sourceClosed: true },
          { "if-match": `"${ready.planVersion}"` },
        );
        // One of several files that end at one LSN.
        const isAtAFile = asked.status === 409 && asked.body.type.endsWith("/not-in-sync");
        assert.ok(asked.status === 202 || isAtAFile, JSON.stringify(asked.body));
        return asked.status === 202;
      });
      await client.reaches(id, "succeeded");
      await restoredAsExpected(client, folder, expected.restored);
    });

    test(`${name} migrates offline: all at once, completed by itself`, { skip: missing }, async () => {
      const folder = `${name}-offline${suffix}`;
      const id = await client.register(folder, { mode: "offline", source: sourceOf(folder, expected) });
      await client.upload(folder, filesOf(name));
      const judged = await client.until(`${name} is restorable with every file judged`, async () => {
        const details = await client.details(id);
        return details.verdict === "restorable" && details.files === filesOf(name).length && details;
      });
      assert.equal(judged.restorableTo.lsn, expected.endLsn);
      assert.equal(judged.state, "waitingForChain", "nothing says yet that these are all the files");
      const asked = await client.api(
        "POST",
        `/api/v1/migrations/${id}/start`,
        {},
        { "if-match": `"${judged.planVersion}"` },
      );
      assert.equal(asked.status, 202, JSON.stringify(asked.body));
      const done = await client.reaches(id, "succeeded");
      assert.equal(done.restoredTo.lsn, expected.endLsn);
      await restoredAsExpected(client, folder, expected.restored);
    });
  }
});

const sourceOf = (folder: string, { databaseName }: Expected) => ({ folder, ...(databaseName && { databaseName }) });

/** The files to upload to one folder, as DMS needs them; here stripes lie in subfolders. */
const filesOf = (set: string) =>
  globSync(join(BACKUPS, set, "**/*.{bak,trn}"))
    .sort()
    .map((path) => ({ fileName: basename(path), bytes: readFileSync(path) }));

async function restoredAsExpected(client: Client, targetDb: string, expected: readonly string[]): Promise<void> {
  const journal = await client.journal();
  if (!journal) return; // Azure has no such journal
  const { runs } = journal as { runs: { targetDb: string; restored: { files: string[] }[] }[] };
  const run = runs.find((one) => one.targetDb === targetDb);
  const restored = run?.restored.map(({ files }) => files[0] ?? "") ?? []; // the first stripe of each set
  assert.deepEqual(
    restored.filter((file) => expected.includes(file)),
    expected,
    `the service restored ${restored.join(", ")}`,
  );
}
