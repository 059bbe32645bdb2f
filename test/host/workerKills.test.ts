// What becomes of restores when the worker that runs their orchestrations dies again and again, in every state? DMS hears nothing of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { IN_MEMORY } from "../../local/host/database.ts";
import { parseFaults } from "../../local/host/faults.ts";
import { type Host, startHost } from "../../local/host/start.ts";
import type { MigrationState } from "../../shared/migration/migration.ts";
import { clock, dropDatabase, estate } from "./support/estateInPlayedTime.ts";
import { type Azurite, appDir, startAzurite } from "./support/processes.ts";
import { passUntil } from "./support/time.ts";

const HOUR = 3_600_000;
const DATABASES = ["Sales", "Orders", "Stock", "Staff", "Web", "Archive"];
const CANCELED = "Archive";
const STATES: readonly MigrationState[] = [
  "canceling",
  "cuttingOver",
  "preflighting",
  "queued",
  "readyForCutover",
  "restoring",
  "starting",
  "waitingForChain",
];
let azurite: Azurite;
let host: Host;
/** Those of a run itself, and those of its watches, with the state that the migration was in. */
const kills: { readonly instance: string; readonly state: MigrationState | undefined }[] = [];
const complaints: string[] = [];

before(async () => {
  azurite = await startAzurite(); // for the queue trigger alone
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
    faults: parseFaults("7:none,turnDies=0.25"),
    log: (_level, category, text) => {
      const [, instance = ""] = /^turnDies: (\S+)/.exec(text) ?? [];
      const [, id = ""] = /^mig-(.+)-run-1/.exec(instance) ?? [];
      if (instance) kills.push({ instance, state: estate.migrations[id]?.migration.state });
      if (category === "strict" || text.includes("strict mode")) complaints.push(`${category}: ${text}`);
    },
  });
});
after(async () => {
  await host?.stop();
  await azurite?.stop();
});

const post = async (id: string, verb: string, body: object): Promise<number> => {
  const planVersion = estate.migrations[id]?.migration.summary?.planVersion ?? "";
  const answer = await fetch(`http://127.0.0.1:${host.port}/api/v1/migrations/${id}/${verb}`, {
    method: "POST",
    headers: { "if-match": `"${planVersion}"` },
    body: JSON.stringify(body),
  });
  await answer.body?.cancel();
  return answer.status;
};

test("six databases, a worker that dies in mid-turn again and again: one create and one cutover each, and no cancel but the one that was asked for", async (t) => {
  const ids = DATABASES.map((name) => dropDatabase(name).migrationId);
  const stateOf = (id: string) => estate.migrations[id]?.migration.state;
  const all = (state: MigrationState) => () => ids.every((id) => stateOf(id) === state || id.startsWith("archive"));
  await passUntil(clock, host, "all are ready", () => ids.every((id) => stateOf(id) === "readyForCutover"), 24 * HOUR);
  for (const id of ids)
    if (id.startsWith(CANCELED.toLowerCase())) assert.equal(await post(id, "cancel", { reason: "not this one" }), 202);
    else assert.equal(await post(id, "cutover", { sourceClosed: true }), 202);
  await passUntil(clock, host, "all have succeeded", all("succeeded"), 24 * HOUR);
  await passUntil(clock, host, "one was canceled", () => ids.some((id) => stateOf(id) === "canceled"), 24 * HOUR);

  const states = [...new Set(kills.map(({ state }) => state))].sort();
  t.diagnostic(`${kills.length} kills`);
  assert.ok(kills.length >= 12);
  assert.deepEqual(states, STATES, "in each state");
  assert.ok(
    kills.some(({ instance }) => instance.endsWith("-run-1")),
    "runs died, not only their watches",
  );
  for (const name of DATABASES) {
    const asked = estate.journal.filter(({ target }) => target.endsWith(`/${name.toLowerCase()}`));
    const last = name === CANCELED ? "cancel" : "cutOver";
    assert.deepEqual(
      asked.map(({ what, accepted }) => [what, accepted]),
      [
        ["create", true],
        [last, true],
      ],
      name,
    );
  }
  assert.deepEqual([estate.illegal, complaints], [[], []]);
});
