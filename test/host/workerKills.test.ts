// Tests what becomes of restores when the worker that runs their orchestrations dies in the middle of a turn, in every
// state: DMS gets no request because of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { IN_MEMORY } from "../../local/host/database.ts";
import { type FaultPlan, parseFaults } from "../../local/host/faults.ts";
import { type Host, startHost } from "../../local/host/start.ts";
import type { MigrationState } from "../../shared/migration/words.ts";
import { clock, dropDatabase, estate } from "./support/estateInPlayedTime.ts";
import { type Azurite, appDir, startAzurite } from "./support/processes.ts";
import { passUntil } from "./support/time.ts";

const DAY = 86_400_000;
const CANCELED = "Archive";
const DATABASES = ["Sales", "Orders", "Stock", "Staff", "Web", CANCELED];
const STATES: readonly MigrationState[] = [
  "waitingForChain",
  "preflighting",
  "queued",
  "starting",
  "restoring",
  "readyForCutover",
  "cuttingOver",
  "canceling",
];
/** What is still to be killed: in each state a turn of a run, and one of its watch. */
const missing = new Set(STATES.flatMap((state) => [`${state}, the run`, `${state}, its watch`]));
let kills = 0;
const complaints: string[] = [];

/** The worker dies in about every third turn, as long as a migration is in a state in which it has not died yet. */
function plan(): FaultPlan {
  const { seed, shares } = parseFaults("1:none");
  const isDue = () => Object.values(estate.migrations).some(({ migration }) => isMissing(migration.state));
  return { seed, shares: Object.defineProperty({ ...shares }, "turnDies", { get: () => (isDue() ? 0.3 : 0) }) };
}
const isMissing = (state: MigrationState): boolean => [...missing].some((one) => one.startsWith(`${state},`));

function noteKill(instance: string): void {
  kills++;
  const [, id = "", watch = ""] = /^mig-(.+)-run-1(.*)/.exec(instance) ?? [];
  missing.delete(`${estate.migrations[id]?.migration.state}, ${watch ? "its watch" : "the run"}`);
}

let azurite: Azurite;
let host: Host;
before(async () => {
  azurite = await startAzurite(); // only for the queue trigger
  Object.assign(process.env, {
    Backups: azurite.connectionString,
    BACKUPS_CONTAINER: "backups",
    SWEEP_SCHEDULE: "0 */10 * * * *",
  });
  host = await startHost({
    port: 0,
    dataDir: IN_MEMORY,
    appDir: appDir("estate"),
    systemKey: "key",
    strict: true,
    clock,
    faults: plan(),
    log: (_level, _category, text) => {
      const [, killed] = /^turnDies: (\S+)/.exec(text) ?? [];
      if (killed !== undefined) noteKill(killed);
      if (text.includes("strict mode") || text.includes("RunStalled")) complaints.push(text);
    },
  });
});
after(async () => {
  await host?.stop();
  await azurite?.stop();
});

/** Sends the request again when the worker dies with it. */
async function insist(id: string, verb: string, body: object): Promise<void> {
  const planVersion = estate.migrations[id]?.migration.summary?.planVersion ?? "";
  for (;;) {
    const { status, body: unread } = await fetch(`http://127.0.0.1:${host.port}/api/v1/migrations/${id}/${verb}`, {
      method: "POST",
      headers: { "if-match": `"${planVersion}"` },
      body: JSON.stringify(body),
    });
    await unread?.cancel();
    if (status !== 500) return assert.equal(status, 202);
    await host.idle();
  }
}

test("six databases, a worker killed in mid-turn in each state: one create and one cutover each, and no cancel but the one that was asked for", async (t) => {
  const ids = DATABASES.map((name) => dropDatabase(name).migrationId);
  const all = (state: MigrationState, some: readonly string[]) => () =>
    some.every((id) => estate.migrations[id]?.migration.state === state);
  await passUntil(clock, host, "all are ready", all("readyForCutover", ids), DAY);
  const canceled = ids.slice(-1);
  const kept = ids.slice(0, -1);
  for (const id of canceled) await insist(id, "cancel", { reason: "not this one" });
  for (const id of kept) await insist(id, "cutover", { sourceClosed: true });
  await passUntil(clock, host, "all have succeeded", all("succeeded", kept), DAY);
  await passUntil(clock, host, "one was canceled", all("canceled", canceled), DAY);

  t.diagnostic(`${kills} kills`);
  assert.deepEqual([...missing], [], "it died in each state");
  assert.ok(kills >= 12);
  for (const name of DATABASES)
    assert.deepEqual(
      estate.journal.filter(({ target }) => target.endsWith(`/${name.toLowerCase()}`)).map(({ what }) => what),
      ["create", name === CANCELED ? "cancel" : "cutOver"],
      name,
    );
  assert.deepEqual([estate.illegal, complaints], [[], []]);
});
