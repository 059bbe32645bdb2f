// Tests who may register which share: secrets by prefix, servers by list, sqlferry's own secrets never.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import { beyondOperators, OWN_SECRETS, shareRefusal } from "../../../../../shared/migration/fileShare/shareLimits.ts";
import type { FileShareSource } from "../../../../../shared/migration/migration.ts";

const LIMITS = { secretPrefix: "fileshare-", servers: ["filer1.contoso.com", "SQL01", "*.sql.contoso.com"] };
const share = ({
  sql,
  ...changes
}: Partial<Omit<FileShareSource, "sql">> & { sql?: Partial<FileShareSource["sql"]> } = {}) => ({
  path: "\\\\filer1.contoso.com\\backups\\Sales",
  username: "CONTOSO\\ferry",
  passwordSecret: "fileshare-share",
  sql: {
    server: "SQL01",
    authentication: "SqlAuthentication" as const,
    userName: "reader",
    passwordSecret: "fileshare-sql",
    trustServerCertificate: false,
    ...sql,
  },
  ...changes,
});
const operator = { name: "Olga", isAdmin: false };
const admin = { name: "Adam", isAdmin: true };
const pointers = (one: FileShareSource): string[] => beyondOperators(one, LIMITS).map(({ pointer }) => pointer);

test("an Operator registers a share whose secrets and servers were released, unverified certificate or not", () => {
  for (const trustServerCertificate of [false, true])
    assert.equal(shareRefusal(share({ sql: { trustServerCertificate } }), LIMITS, operator), undefined);
});

describe("a source server is on the list", () => {
  for (const server of [
    "SQL01",
    "sql01",
    "tcp:SQL01",
    "SQL01\\INST1",
    "SQL01,1433",
    "tcp:a.sql.contoso.com\\I$1,50000",
  ])
    test(`as ${server}`, () => assert.deepEqual(pointers(share({ sql: { server } })), []));
});

describe("a source server is not on the list", () => {
  for (const server of [
    "SQL02",
    "SQL01.evil.example",
    "evil.example,1433;Data Source=SQL01",
    "SQL01;Data Source=evil.example",
    "np:\\\\SQL01\\pipe\\sql\\query",
    "\\\\SQL01\\pipe\\sql\\query",
    "sql.contoso.com",
    "evilsql.contoso.com",
    "(local)",
    ".",
    "",
    " SQL01",
    "SQL01\n",
  ])
    test(`as ${JSON.stringify(server)}`, () =>
      assert.deepEqual(pointers(share({ sql: { server } })), ["/source/fileShare/sql/server"]));

  test("whatever else stands beside a name that is", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const server = `${before}SQL01${after}`;
        const isOurs = /^(tcp:)?SQL01(\\[\w$#-]+)?(,\d{1,5})?$/i.test(server);
        assert.equal(pointers(share({ sql: { server } })).length === 0, isOurs);
      }),
      { seed: 13 },
    );
  });
});

describe("a file server is not on the list", () => {
  for (const path of [
    "\\\\filer2.contoso.com\\backups",
    "\\\\filer1.contoso.com@SSL@8443\\DavWWWRoot\\backups",
    "\\\\filer1.contoso.com.evil.example\\backups",
    "\\\\203.0.113.9\\backups",
  ])
    test(`as ${path}`, () => assert.deepEqual(pointers(share({ path })), ["/source/fileShare/path"]));
});

test("without a list every server takes an Admin", () => {
  const nothing = { ...LIMITS, servers: [] };
  assert.equal(beyondOperators(share(), nothing).length, 2);
});

test("what was not released takes an Admin, and every reason is told with its setting", () => {
  const free = share({
    path: "\\\\filer9\\backups",
    passwordSecret: "sa-password",
    sql: { server: "SQL09", passwordSecret: "payroll-key" },
  });
  const refusal = shareRefusal(free, LIMITS, operator);
  assert.equal(refusal?.problem, "role-missing");
  assert.equal(refusal.needed, "Ferry.Admin");
  for (const said of [
    "Olga",
    "sa-password",
    "payroll-key",
    "filer9",
    "SQL09",
    "FILE_SHARE_SECRET_PREFIX",
    "FILE_SHARE_SERVERS",
  ])
    assert.ok(refusal.detail.includes(said), said);
  assert.equal(shareRefusal(free, LIMITS, admin), undefined);
});

test("sqlferry's own secrets are for nobody, in any case of their letters and whatever the prefix is", () => {
  const limits = { ...LIMITS, secretPrefix: "teams" };
  for (const name of ["teams-webhook-url", "Teams-Webhook-URL"])
    for (const one of [share({ passwordSecret: name }), share({ sql: { passwordSecret: name } })])
      for (const caller of [operator, admin]) assert.equal(shareRefusal(one, limits, caller)?.problem, "validation");
});

test("sqlferry's own secrets are those that infra names", () => {
  const template = readFileSync("infra/main.bicep", "utf8");
  const named = [...template.matchAll(/\{keyVaultUri\}\/secrets\/([0-9A-Za-z-]+)/g)].map(([, name]) => name);
  assert.deepEqual(OWN_SECRETS, named);
});
