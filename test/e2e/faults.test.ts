// Tests that a migration which Azure fails has a clear state, an event and a remedy, and can be started again or
// canceled.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sourceDatabase } from "../../local/backups/history.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { CHECK_IDS } from "../../shared/migration/words.ts";
import { type Client, clientOf } from "./support/client.ts";
import { needsOwnStack } from "./support/elsewhere.ts";

let stack: Stack;
let client: Client;
before(async () => {
  if (needsOwnStack) return;
  stack = await startStack({
    emulator: { validationSeconds: 1, cutoverSeconds: 1 },
    settings: { DMS_POLL_SECONDS: "1" },
  });
  client = clientOf(stack);
});
after(() => stack?.stop());

const steer = async (method: string, path: string, body?: object): Promise<void> => {
  const answer = await fetch(`${stack.armUrl}/_emulator/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, await answer.text());
};

/** Injects a fault for one database. */
const fault = (kind: string, targetDb: string, more: object = {}): Promise<void> =>
  steer("POST", "faults", { kind, match: { targetDb, ...("method" in more && { method: more.method }) }, ...more });

const startedAt = "2025-11-24T21:00:00";

/** Registers an offline migration of a full backup, a log and a tail log, which starts and completes by itself. */
async function dropOffline(name: string, more: object = {}): Promise<string> {
  const source = sourceDatabase({ name, startedAt });
  const id = await client.register(name, { mode: "offline", ...more });
  await client.upload(name, [source.full(), source.log(), source.log({ tail: true })]);
  return id;
}

async function dropOnline(name: string, more: object = {}): Promise<string> {
  const source = sourceDatabase({ name, startedAt });
  const id = await client.register(name, { mode: "online", ...more });
  await client.upload(name, [source.full(), source.log()]);
  return id;
}

/** Mutations that the service accepted for a database. */
async function accepted(targetDb: string): Promise<readonly string[]> {
  const { mutations } = (await client.journal()) as { mutations: { targetDb: string; method: string }[] };
  return mutations.filter((one) => one.targetDb === targetDb).map(({ method }) => method);
}

/** The run has failed, its failure says why and what to do, and an event has announced it. */
async function assertFailed(id: string, says: RegExp, state = "failed"): Promise<void> {
  const { failure } = await client.reaches(id, state);
  assert.match(`${failure.cause} ${failure.message}`, says);
  assert.ok(failure.code && failure.cause && failure.remedy, JSON.stringify(failure));
  const event = await client.until("the failure is told", async () =>
    (await client.events(id)).find(({ type }: { type: string }) => type === "com.sqlferry.migration.failed"),
  );
  assert.deepEqual([event.data.cause, event.data.remedy], [failure.cause, failure.remedy]);
}

async function restart(id: string): Promise<void> {
  const answer = await client.api("POST", `/api/v1/migrations/${id}/restart`, { reason: "put right" });
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
}

describe("faults that a person has to put right", { concurrency: true, skip: needsOwnStack }, () => {
  const FAULTS = [
    ["storage403", /may not read the storage account/],
    ["fileExists", /file of this name lies on the VM/],
    ["certificateMissing", /certificate/i],
    ["provisioningFailed", /could not be provisioned/],
    ["AuthorizationFailedAtCreate", /role assignment is missing or has expired/],
  ] as const;
  for (const [kind, says] of FAULTS)
    test(`${kind}: the run fails with cause and remedy; started again, it succeeds`, async () => {
      const name = `Failing_${kind}`;
      await fault(kind, name);
      const id = await dropOffline(name);
      await assertFailed(id, says);
      await restart(id);
      assert.equal((await client.reaches(id, "succeeded")).run, 2);
      const isRefused = kind === "AuthorizationFailedAtCreate";
      assert.deepEqual(await accepted(name), isRefused ? ["PUT"] : ["PUT", "PUT"]);
    });

  test("internalError1010 twice: after one automatic new attempt the run fails; started again, it can be canceled", async () => {
    const name = "Failing_twice";
    await fault("internalError1010", name, { times: 2 });
    const id = await dropOnline(name);
    await assertFailed(id, /fault inside/i);
    assert.deepEqual(await accepted(name), ["PUT", "PUT"]);
    await restart(id);
    await client.reaches(id, "readyForCutover");
    assert.equal((await client.api("POST", `/api/v1/migrations/${id}/cancel`, { reason: "enough" })).status, 202);
    await client.reaches(id, "canceled");
  });
});

describe("faults that pass", { concurrency: true, skip: needsOwnStack }, () => {
  for (const [kind, more] of [
    ["throttle429", { times: 25 }],
    ["serverError503", { times: 3 }],
    ["serverError503", { times: 2, method: "PUT" }],
    ["lostAnswer", { method: "PUT" }],
    ["OperationInProgressAtCreate", { times: 2 }],
    ["RequestFailed", {}],
    ["ResourceNotFound", { after: 3 }],
    ["slowValidation", {}],
    ["statusRegression", { times: 2 }],
    ["unknownStatus", { times: 2 }],
  ] as const)
    test(`${kind} ${JSON.stringify(more)}: the migration succeeds all the same, and was created once`, async () => {
      const name = `Passing_${kind}_${"method" in more ? more.method : "any"}`;
      await fault(kind, name, more);
      const id = await dropOffline(name);
      await client.reaches(id, "succeeded");
      assert.deepEqual(await accepted(name), ["PUT"]);
    });

  test("lostAnswer to the cutover: it is not asked for twice, and the migration succeeds", async () => {
    const name = "Passing_lost_cutover";
    const id = await dropOnline(name);
    const { planVersion } = await client.reaches(id, "readyForCutover");
    await fault("lostAnswer", name, { method: "POST" });
    const bound = { "if-match": `"${planVersion}"` };
    const asked = await client.api("POST", `/api/v1/migrations/${id}/cutover`, { sourceClosed: true }, bound);
    assert.equal(asked.status, 202, JSON.stringify(asked.body));
    await client.reaches(id, "succeeded");
    assert.deepEqual(await accepted(name), ["PUT", "POST cutover"]);
  });

  test("lostAnswer to the cancel: the run ends as canceled, and is not canceled twice", async () => {
    const name = "Passing_lost_cancel";
    const id = await dropOnline(name);
    await client.reaches(id, "readyForCutover");
    await fault("lostAnswer", name, { method: "POST" });
    const asked = await client.api("POST", `/api/v1/migrations/${id}/cancel`, { reason: "enough" });
    assert.equal(asked.status, 202, JSON.stringify(asked.body));
    await client.reaches(id, "canceled");
    assert.deepEqual(await accepted(name), ["PUT", "POST cancel"]);
  });

  test("adfCleanup: only the service's own clean-up failed, so the migration has succeeded", async () => {
    const name = "Passing_cleanup";
    await fault("adfCleanup", name);
    const id = await dropOffline(name);
    await client.reaches(id, "succeeded");
    assert.deepEqual(await accepted(name), ["PUT"]);
  });

  test("AuthorizationFailed: a role assignment that has expired ends no restore; it is told, and once it is back the run goes on", async () => {
    const name = "Passing_expired_role";
    const id = await dropOnline(name);
    await client.reaches(id, "readyForCutover");
    await fault("AuthorizationFailed", name, { times: 8 });
    const waiting = await client.until("the wait is told", async () => {
      const seen = await client.details(id);
      return seen.waitingOn ? seen : undefined;
    });
    assert.match(waiting.waitingOn.cause, /role assignment is missing or has expired/);
    assert.match(waiting.waitingOn.remedy, /action that the message names/);
    await client.until("the wait is over", async () => !(await client.details(id)).waitingOn);
    const { planVersion } = await client.details(id);
    const bound = { "if-match": `"${planVersion}"` };
    const asked = await client.api("POST", `/api/v1/migrations/${id}/cutover`, { sourceClosed: true }, bound);
    assert.equal(asked.status, 202, JSON.stringify(asked.body));
    await client.reaches(id, "succeeded");
    assert.deepEqual(await accepted(name), ["PUT", "POST cutover"]);
  });

  test("AuthorizationFailed in answer to the cutover: it is refused with the reason, the restore goes on, and the next one succeeds", async () => {
    const name = "Passing_expired_cutover";
    const id = await dropOnline(name);
    const { planVersion } = await client.reaches(id, "readyForCutover");
    await fault("AuthorizationFailedAtCutover", name);
    const bound = { "if-match": `"${planVersion}"` };
    const ask = () => client.api("POST", `/api/v1/migrations/${id}/cutover`, { sourceClosed: true }, bound);
    const asked = await ask();
    assert.equal(asked.status, 202, JSON.stringify(asked.body));
    const refused = await client.until("the refusal is told", async () => {
      const { body } = await client.api("GET", asked.headers.get("location") ?? "");
      return body.status === "refused" ? body : undefined;
    });
    assert.match(JSON.stringify(refused), /cutover\/action/, "the action that is missing");
    await client.reaches(id, "readyForCutover");
    assert.equal((await ask()).status, 202);
    await client.reaches(id, "succeeded");
    assert.deepEqual(await accepted(name), ["PUT", "POST cutover"]);
  });

  test("AuthorizationFailed in answer to the cancel: the wait is told, and the cancel is made once the role is back", async () => {
    const name = "Passing_expired_cancel";
    const id = await dropOnline(name);
    await client.reaches(id, "readyForCutover");
    await fault("AuthorizationFailedAtCancel", name, { times: 2 });
    const asked = await client.api("POST", `/api/v1/migrations/${id}/cancel`, { reason: "enough" });
    assert.equal(asked.status, 202, JSON.stringify(asked.body));
    const waiting = await client.until("the wait is told", async () => (await client.details(id)).waitingOn);
    assert.match(waiting.cause, /role assignment is missing or has expired/);
    await client.reaches(id, "canceled");
    assert.deepEqual(await accepted(name), ["PUT", "POST cancel"]);
  });

  test("loginFailed: SQL Server is being upgraded; the start waits and is tried again by itself", async () => {
    const name = "Passing_login";
    await fault("loginFailed", name);
    const id = await dropOnline(name);
    await client.reaches(id, "readyForCutover");
    assert.deepEqual(await accepted(name), ["PUT", "PUT"]);
  });
});

describe("a VM that is deallocated while it restores", { skip: needsOwnStack }, () => {
  test("the restore stands still, no cutover is taken, nothing is canceled; once it is on, the cutover succeeds", async () => {
    const target = { sqlVmResourceId: `${(stack.settings["TARGET_SQL_VM_RESOURCE_ID"] ?? "").slice(0, -1)}2` };
    const id = await dropOnline("Off_under_way", { target });
    const { planVersion } = await client.reaches(id, "readyForCutover");
    await steer("POST", "faults", { kind: "vmPoweredOff", match: { vm: "sqlvm-02" } });
    const bound = { "if-match": `"${planVersion}"` };
    const ask = () => client.api("POST", `/api/v1/migrations/${id}/cutover`, { sourceClosed: true }, bound);
    assert.match((await ask()).body.type, /vm-not-running$/);
    const gone = await client.until("the gate says so", async () => {
      const seen = await client.details(id);
      return seen.state === "restoring" ? seen : undefined;
    });
    assert.equal(gone.failure, undefined);
    await steer("DELETE", "faults");
    await client.reaches(id, "readyForCutover");
    assert.equal((await ask()).status, 202);
    await client.reaches(id, "succeeded");
    assert.deepEqual(await accepted("Off_under_way"), ["PUT", "POST cutover"]);
  });
});

describe("a VM that is off", { skip: needsOwnStack }, () => {
  const second = () => `${(stack.settings["TARGET_SQL_VM_RESOURCE_ID"] ?? "").slice(0, -1)}2`;
  const target = {
    get target() {
      return { sqlVmResourceId: second() };
    },
  };

  test("before the start: the preflight fails and says what to do; on demand it passes once the VM is on, and the restart succeeds", async () => {
    await steer("POST", "faults", { kind: "vmPoweredOff", match: { vm: "sqlvm-02" } });
    const id = await dropOffline("Off_before", { ...target });
    await assertFailed(id, /power state is deallocated/, "preflightFailed");
    assert.deepEqual(await accepted("Off_before"), [], "nothing was started");
    const refused = await client.api("POST", `/api/v1/migrations/${id}/preflight`);
    assert.deepEqual([refused.status, refused.body.passed], [200, false]);
    await steer("DELETE", "faults");
    const fine = await client.api("POST", `/api/v1/migrations/${id}/preflight`);
    assert.equal(fine.body.passed, true, JSON.stringify(fine.body));
    assert.deepEqual(
      fine.body.checks.map(({ id }: { id: string }) => id),
      CHECK_IDS,
    );
    await restart(id);
    await client.reaches(id, "succeeded");
  });

  test("during the restore: no cutover is taken; once it is on, the migration can be canceled", async () => {
    const id = await dropOnline("Off_during", { ...target });
    const { planVersion } = await client.reaches(id, "readyForCutover");
    await steer("POST", "faults", { kind: "vmPoweredOff", match: { vm: "sqlvm-02" } });
    const bound = { "if-match": `"${planVersion}"` };
    const refused = await client.api("POST", `/api/v1/migrations/${id}/cutover`, { sourceClosed: true }, bound);
    assert.equal(refused.status, 409);
    assert.match(refused.body.type, /vm-not-running$/);
    await steer("DELETE", "faults");
    assert.equal((await client.api("POST", `/api/v1/migrations/${id}/cancel`, { reason: "later" })).status, 202);
    await client.reaches(id, "canceled");
  });
});

test("lostPolls: operation URLs are never asked, so it does not matter what they answer", {
  skip: needsOwnStack,
}, async () => {
  await fault("lostPolls", "Unpolled");
  const id = await dropOffline("Unpolled");
  await client.reaches(id, "succeeded");
  const left = (await (await fetch(`${stack.armUrl}/_emulator/faults`)).json()) as { kind: string }[];
  assert.deepEqual(
    left.map(({ kind }) => kind),
    ["lostPolls"],
  );
});

test("AuthorizationFailed of the account's keys, between the preflight and the start: the run fails, and is started again", {
  skip: needsOwnStack,
}, async () => {
  const name = "Keys_denied";
  await steer("POST", "faults", { kind: "AuthorizationFailedAtListKeys", after: 1 });
  const id = await dropOffline(name);
  await assertFailed(id, /role assignment is missing or has expired/);
  assert.match((await client.details(id)).failure.message, /listKeys\/action/);
  await restart(id);
  await client.reaches(id, "succeeded");
  assert.deepEqual(await accepted(name), ["PUT"]);
});

test("a migration service that is deleted under a restore: the run fails and says what to do; with the service created anew, it is started again", {
  skip: needsOwnStack,
}, async () => {
  const id = await dropOnline("Service_deleted");
  await client.reaches(id, "readyForCutover");
  const name = (stack.settings["DMS_SERVICE_RESOURCE_ID"] ?? "").split("/").at(-1);
  const { location } = (await client.api("GET", `/api/v1/services/${name}`)).body;
  await steer("DELETE", "services", { name });
  await assertFailed(id, /service was deleted/);
  const created = await client.api("PUT", `/api/v1/services/${name}`, { location });
  assert.ok(created.status < 300, JSON.stringify(created.body));
  await client.until("the service is there", async () => {
    const { body } = await client.api("GET", `/api/v1/services/${name}`);
    return body.provisioningState === "Succeeded";
  });
  await restart(id);
  const { run } = await client.reaches(id, "readyForCutover");
  assert.equal(run, 2);
});
