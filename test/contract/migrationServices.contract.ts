// Tests the contract of every view of migration services and of the backups' account, emulated or real.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BackupAccount, MigrationServices } from "../../shared/ports.ts";

export interface ServicesWorld {
  readonly services: MigrationServices;
  readonly account: BackupAccount;
  readonly subscriptionId: string;
}

/** Nothing here changes anything, since the real service may be in use. */
export function migrationServicesContract(world: () => ServicesWorld): void {
  test("the configured service is there, in a region, with the state of its runtime", async () => {
    const { services } = world();
    const seen = await services.find(services.configuredName);
    assert.ok(seen.kind === "seen", JSON.stringify(seen));
    assert.equal(seen.facts.name.toLowerCase(), services.configuredName.toLowerCase());
    assert.equal(seen.facts.provisioningState, "Succeeded");
    assert.ok(seen.facts.location && seen.facts.integrationRuntimeState !== undefined);
  });

  test("a service that nobody created is absent", async () => {
    assert.deepEqual(await world().services.find("sqlferry-no-such-service"), { kind: "absent" });
  });

  test("both keys are told, in the shape that the runtime's installation wants", async () => {
    const { services } = world();
    const answer = await services.authKeys(services.configuredName);
    assert.ok(answer.ok);
    for (const key of [answer.keys.authKey1, answer.keys.authKey2]) assert.match(key ?? "", /^IR@[0-9a-f-]{36}@.+@.+/i);
  });

  test("nodes and running migrations are lists", async () => {
    const { services } = world();
    const [nodes, running] = [
      await services.nodes(services.configuredName),
      await services.migrations(services.configuredName),
    ];
    assert.ok(nodes.kind === "seen" && Array.isArray(nodes.facts));
    assert.ok(running.kind === "seen" && Array.isArray(running.facts));
  });

  test("the resource provider is registered", async () => {
    assert.deepEqual(await world().services.registration(world().subscriptionId), {
      kind: "seen",
      facts: "Registered",
    });
  });

  test("the backups' account tells its firewall, and whether its key may be read, but not the key", async () => {
    const { account } = world();
    const seen = await account.observe();
    assert.ok(seen.kind === "seen" && seen.facts.defaultAction !== undefined);
    assert.deepEqual(await account.mayReadKey(), { kind: "seen", facts: true });
  });
}
