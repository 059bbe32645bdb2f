// Takes a database with TDE through assessment, publication, refused start, acknowledgement and start, as a person does
// with ferry and the API.
import assert from "node:assert/strict";
import type { SourceBackup } from "../../../local/backups/history.ts";
import { ferry } from "../../unit/ferry/run.ts";
import type { Client } from "./client.ts";

export interface AssessedSource {
  /** Name of its folder, and of the database at the source. */
  readonly database: string;
  /**
   * Arguments of `ferry assess`: a folder of backups, `--from REPORT` or `--server HOST`. Every blocking finding is
   * acknowledged, S10 among them.
   */
  readonly words: readonly string[];
  /** Environment variables that the arguments need, such as a password. */
  readonly env?: Readonly<Record<string, string>>;
  readonly backups: readonly SourceBackup[];
}

/** Returns when the migration has passed its preflight. */
export async function assessedStart(client: Client, baseUrl: string, source: AssessedSource): Promise<void> {
  const { database, words, backups } = source;
  const env = { ...source.env, SQLFERRY_API: baseUrl };
  const id = await client.register(database, { mode: "online", start: "manual" });
  await client.upload(database, backups);
  await client.until("the chain is known", async () => (await client.details(id)).verdict === "restorable");

  const assessed = await ferry(["assess", ...words, "--publish"], env);
  assert.equal(assessed.exitCode, 2, assessed.err);
  assert.match(assessed.out, /BLOCKS {2}S10 TDE certificate/);
  assert.match(assessed.out, new RegExp(`${database} -> ${id}: [1-9]\\d* findings? refuses? its start`));
  assert.doesNotMatch(assessed.out, /WARNING/, "it was joined by its GUIDs");

  const start = () => client.api("POST", `/api/v1/migrations/${id}/start`, {});
  const refused = await start();
  assert.equal(refused.status, 409, JSON.stringify(refused.body));
  assert.match(refused.body.type, /preflight-failed$/);
  assert.match(refused.body.detail, /S10 TDE certificate.*CREATE CERTIFICATE/);
  const listed = await ferry(["list"], env);
  assert.match(listed.out, new RegExp(`${database} .*findings of its assessment`));
  const asked = (await client.api("POST", `/api/v1/migrations/${id}/preflight`, {})).body;
  assert.deepEqual(
    asked.checks.filter(({ outcome }: { outcome: string }) => outcome === "fail").map(({ id }: { id: string }) => id),
    ["P28"],
  );

  const reason = "the certificate is on the VM";
  const { findings } = (await client.details(id)).assessment;
  for (const { check, severity, outcome } of findings)
    if (severity === "blocks" && outcome === "found") {
      assert.equal((await start()).status, 409, `${check} still refuses it`);
      const acknowledged = await ferry(["acknowledge", id, check, "--reason", reason], env);
      assert.equal(acknowledged.exitCode, 0, acknowledged.err);
    }
  assert.equal((await start()).status, 202);
  const under = await client.until("the start has passed its preflight", async () => {
    const now = await client.details(id);
    assert.notEqual(now.state, "preflightFailed", JSON.stringify(now.failure));
    return ["starting", "restoring", "readyForCutover"].includes(now.state) && now;
  });
  const [p28] = under.checks.filter(({ id }: { id: string }) => id === "P28");
  assert.deepEqual([p28.outcome, p28.message.includes(reason)], ["warn", true]);
  const [answered] = under.assessment.findings.filter(({ check }: { check: string }) => check === "S10");
  assert.equal(answered.acknowledged.reason, reason);
  const { items } = (await client.api("GET", `/api/v1/migrations/${id}/audit`)).body;
  const actions = new Set(items.map(({ action }: { action: string }) => action));
  assert.ok(actions.has("publish") && actions.has("acknowledge"));
}
