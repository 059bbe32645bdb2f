// Who may sign in, and as what? The application that registerSignIn.mjs asks Microsoft Graph for, with az and azd played by scripts.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, test } from "node:test";
import { at } from "./predictions.ts";

const folder = mkdtempSync(join(tmpdir(), "sqlferry-signin-"));
after(() => rmSync(folder, { recursive: true }));
const CLIENT = "11111111-2222-3333-4444-555555555555";

/** Runs the script; what az and azd were asked, a body by its content. */
function run(env: Record<string, string>, applications: readonly object[] = []) {
  const said = join(folder, "said.jsonl");
  rmSync(said, { force: true });
  const player = `#!${process.execPath}
const { appendFileSync, readFileSync } = require("node:fs");
const args = process.argv.slice(2).map((arg) => (arg.startsWith("@") ? JSON.parse(readFileSync(arg.slice(1), "utf8")) : arg));
appendFileSync(${JSON.stringify(said)}, JSON.stringify([require("node:path").basename(process.argv[1]), ...args]) + "\\n");
const answers = { "ad app list": ${JSON.stringify(applications)}, "ad app create": { appId: "${CLIENT}" }, "ad sp list": [] };
console.log(JSON.stringify(answers[args.slice(0, 3).join(" ")] ?? {}));
`;
  for (const name of ["az", "azd"]) {
    writeFileSync(join(folder, name), player);
    chmodSync(join(folder, name), 0o755);
  }
  const { PATH = "" } = process.env;
  const { status, stderr } = spawnSync(process.execPath, ["infra/registerSignIn.mjs"], {
    env: { PATH: `${folder}${delimiter}${PATH}`, ...env },
    encoding: "utf8",
  });
  const calls = existsSync(said)
    ? readFileSync(said, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : [];
  return { status, stderr, calls: calls as (string | Record<string, unknown>)[][] };
}

const skip = process.platform === "win32" ? "the players are scripts with a shebang" : false;

test("its roles are those that functions/http/caller.ts asks for", () => {
  const { appRoles } = JSON.parse(readFileSync("infra/signIn.json", "utf8")) as {
    appRoles: { value: string; id: string }[];
  };
  const [, union = ""] = /export type Role = ([^;]+);/.exec(readFileSync("functions/http/caller.ts", "utf8")) ?? [];
  assert.deepEqual(appRoles.map(({ value }) => `"${value}"`).toSorted(), union.split(" | ").toSorted());
  assert.equal(new Set(appRoles.map(({ id }) => id)).size, appRoles.length);
});

test("before anything is there, an application is registered, azd remembers it, and only people with a role get in", {
  skip,
}, () => {
  const { status, calls } = run({ AZURE_ENV_NAME: "prod" });
  assert.equal(status, 0);
  const short = calls.map((call) =>
    call
      .filter((part) => typeof part === "string")
      .slice(0, 4)
      .join(" "),
  );
  assert.deepEqual(short.slice(0, 5), [
    "az ad app list",
    "az ad app create",
    "az ad sp list",
    "az ad sp create",
    "azd env set ENTRA_CLIENT_ID",
  ]);
  const bodies = calls.flatMap((call) => call.filter((part) => typeof part === "object"));
  assert.deepEqual(bodies[0]?.["identifierUris"], [`api://${CLIENT}`]);
  assert.equal((at(bodies[0], "appRoles") as object[]).length, 4);
  assert.deepEqual(bodies.at(-1), { appRoleAssignmentRequired: true });
  assert.doesNotMatch(JSON.stringify(calls), /credential|password|secret/i, "it makes no secret");
});

test("an application of that name is taken, not doubled", { skip }, () => {
  const { calls } = run({ AZURE_ENV_NAME: "prod" }, [{ appId: CLIENT, displayName: "sqlferry prod" }]);
  assert.ok(!calls.some((call) => call.slice(1, 4).join(" ") === "ad app create"));
});

test("two of that name are a question for a person", { skip }, () => {
  const twin = { appId: CLIENT, displayName: "sqlferry prod" };
  const { status, stderr, calls } = run({ AZURE_ENV_NAME: "prod" }, [twin, twin]);
  assert.equal(status, 1);
  assert.match(stderr, /Several applications are named "sqlferry prod"/);
  assert.equal(calls.length, 1);
});

test("once the app has an address, people are sent back to it", { skip }, () => {
  const { calls } = run({ AZURE_ENV_NAME: "prod", ENTRA_CLIENT_ID: CLIENT, SQLFERRY_URL: "https://func.example" });
  const [body] = calls.flatMap((call) => call.filter((part) => typeof part === "object"));
  assert.deepEqual(at(body, "web.redirectUris"), ["https://func.example/.auth/login/aad/callback"]);
});

test("an application that somebody else looks after is left alone", { skip }, () => {
  assert.deepEqual(run({ AZURE_ENV_NAME: "prod", ENTRA_CLIENT_ID: CLIENT, ENTRA_REGISTRATION: "given" }).calls, []);
  const { status, stderr } = run({ AZURE_ENV_NAME: "prod", ENTRA_REGISTRATION: "given" });
  assert.equal(status, 1);
  assert.match(stderr, /ENTRA_CLIENT_ID is not set/);
});
