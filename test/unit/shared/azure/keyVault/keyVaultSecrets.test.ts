// Tests what the adapter makes of Key Vault's answers, and which value is never passed on.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { createKeyVaultSecrets } from "../../../../../shared/azure/keyVault/keyVaultSecrets.ts";

const WEBHOOK = "https://prod-1.westeurope.logic.azure.com/workflows/1?sig=hush";
const SECRETS: Readonly<Record<string, string>> = { "fileshare-sql": "pass", "fileshare-copy": `${WEBHOOK}\n` };

const server = createServer((request, response) => {
  const [, name = ""] = /^\/secrets\/([^?]+)/.exec(request.url ?? "") ?? [];
  const value = SECRETS[name];
  response.writeHead(value === undefined ? 404 : 200).end(JSON.stringify({ value }));
});
const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: 0 }) };
const secrets = (withheld: string | undefined) =>
  createKeyVaultSecrets({
    credential,
    vaultUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    withheld,
    scope: "https://vault.azure.net/.default",
  });

before(() => new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening)));
after(() => server.close());

test("a secret is read by its name", async () => {
  assert.deepEqual(await secrets(WEBHOOK).read("fileshare-sql"), { ok: true, value: "pass" });
});

test("the address of the Teams workflow is not handed on, whatever its secret is called", async () => {
  const answer = await secrets(WEBHOOK).read("fileshare-copy");
  assert.ok(!answer.ok);
  assert.equal(answer.failure.code, "SecretWithheld");
  assert.doesNotMatch(JSON.stringify(answer), /hush/);
});

test("a secret that is not there is a failure for a person", async () => {
  const answer = await secrets(undefined).read("nothing");
  assert.ok(!answer.ok);
  assert.deepEqual([answer.failure.code, answer.failure.kind], ["KeyVault404", "user"]);
});
