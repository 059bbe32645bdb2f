// Tests that the smoke test passes on a sqlferry that is in order and leaves nothing behind, and that it says what is
// wrong with one that is not.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { type Stack, startStack } from "../../local/stack.ts";
import {
  closedFinding,
  type Finding,
  handshakeFinding,
  healthFinding,
  lockedFinding,
  signInFinding,
  verdictFinding,
} from "../smoke/findings.ts";
import { type Asked, parse } from "../smoke/smoke.ts";
import { smoke } from "../smoke/steps.ts";
import { clientOf } from "./support/client.ts";

describe("against the local stack", () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack();
  });
  after(() => stack?.stop());

  test("every step is in order, and what it made is gone or canceled", async () => {
    const told: Record<string, Finding> = {};
    const isWell = await smoke({
      baseUrl: stack.baseUrl,
      token: undefined,
      backups: stack.backups,
      keys: { blobs: stack.systemKey, eventgrid: stack.systemKey },
      patienceSeconds: 180,
      tell: (step, finding) => {
        told[step] = finding;
      },
      say: () => undefined,
    });
    assert.equal(isWell, true, JSON.stringify(told, null, 2));
    assert.deepEqual(Object.keys(told), [
      "health",
      "sign-in: caller",
      "webhook Host.Functions.BackupArrived",
      "handshake Host.Functions.BackupArrived",
      "webhook BackupDeleted",
      "handshake BackupDeleted",
      "webhook NotifyTeams",
      "handshake NotifyTeams",
      "a draft",
      "a backup",
      "cancel",
      "removed",
    ]);
    for await (const { name } of stack.backups.listBlobsFlat()) assert.fail(`${name} was left`);
    const { body } = await clientOf(stack).api("GET", "/api/v1/migrations");
    assert.deepEqual(
      body.items.map(({ state }: { state: string }) => state),
      ["canceled"],
    );
  });

  test("a key that is not the app's is told, with the command that mends it", async () => {
    const told: Finding[] = [];
    const isWell = await smoke({
      baseUrl: stack.baseUrl,
      token: undefined,
      backups: undefined,
      keys: { blobs: "old", eventgrid: stack.systemKey },
      patienceSeconds: 1,
      tell: (_, finding) => void told.push(finding),
      say: () => undefined,
    });
    assert.equal(isWell, false);
    const wrong = told.filter(({ kind }) => kind === "wrong");
    assert.deepEqual(
      wrong.map(({ mend }) => mend),
      ["azd provision subscriptions --no-state."],
    );
  });
});

describe("with a token", () => {
  const TOKEN = "a-token";
  /** Answers as App Service and the app behind it; `open` lets everybody in. */
  const smokeAt = async ({ isOpen }: { readonly isOpen: boolean }) => {
    const asked: string[] = [];
    const server = createServer(({ url = "", headers }, response) => {
      const isSignedIn = headers.authorization === `Bearer ${TOKEN}`;
      asked.push(`${url}${isSignedIn ? " signed in" : ""}`);
      const json = (status: number, body: object) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      if (url === "/api/v1/health") return json(200, { status: "ok" });
      if (url.startsWith("/runtime/webhooks/")) return json(401, {});
      if (isSignedIn || isOpen) return json(200, { items: [] });
      return response.writeHead(302, { location: "https://login.microsoftonline.com/t/oauth2/v2.0/authorize" }).end();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const told: Record<string, Finding> = {};
    try {
      const isWell = await smoke({
        baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        token: TOKEN,
        backups: undefined,
        keys: undefined,
        patienceSeconds: 1,
        tell: (step, finding) => {
          told[step] = finding;
        },
        say: () => undefined,
      });
      return { isWell, told, asked };
    } finally {
      server.close();
      server.closeAllConnections();
    }
  };

  test("it knocks without the token as well, and finds the door closed", async () => {
    const { isWell, told, asked } = await smokeAt({ isOpen: false });
    assert.equal(isWell, true, JSON.stringify(told, null, 2));
    assert.equal(told["sign-in: closed"]?.kind, "well");
    assert.equal(told["sign-in: caller"]?.kind, "well");
    assert.ok(asked.includes("/api/v1/migrations") && asked.includes("/api/v1/migrations signed in"));
    assert.ok(asked.includes("/api/v1/health") && asked.includes("/api/v1/diagnosis signed in"));
  });

  test("an open door is wrong, though everything else is well", async () => {
    const { isWell, told } = await smokeAt({ isOpen: true });
    assert.equal(isWell, false);
    assert.match(String(told["sign-in: closed"]?.mend), /Take the app down now/);
    assert.equal(told["sign-in: caller"]?.kind, "well");
  });
});

describe("the command", () => {
  const run = (...words: string[]): Promise<{ code: number | null; out: string }> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, ["test/smoke/smoke.ts", ...words], (_, out) =>
        resolve({ code: child.exitCode, out }),
      );
    });

  test("says where nobody answers, whatever else it was given", async () => {
    for (const backups of ["https://account.blob.core.windows.net/backups", "UseDevelopmentStorage=true"]) {
      const { code, out } = await run("--base", "http://127.0.0.1:9", "--backups", backups);
      assert.equal(code, 1, out);
      assert.match(out, /BAD {2}health: Nobody answers at this address\.\n {5}Is it/);
    }
  });

  test("answers a mistake with what is wrong, its usage and 2", async () => {
    const { code, out } = await run("--base", "func.azurewebsites.net");
    assert.match(out, /^--base is func.azurewebsites.net[\s\S]*npm run smoke -- --base URL/);
    assert.equal(code, 2);
  });

  const base = ["--base", "https://func.example"];
  const MISTAKES: readonly [words: readonly string[], complaint: RegExp][] = [
    [[], /^--base is missing/],
    [[...base, "--patience", "long"], /^--patience is long/],
    [[...base, "--patience", "0"], /^--patience is 0/],
    [[...base, "--backups", "https://account.blob.core.windows.net"], /^--backups is .*container/],
    [[...base, "--app", "func"], /^--app is func/],
    [["--sniff"], /--sniff/],
  ];
  for (const [words, complaint] of MISTAKES)
    test(`takes "${words.join(" ")}" for a mistake`, () => {
      assert.throws(
        () => parse(words),
        ({ message }: Error) => complaint.test(message),
      );
    });

  test("finds the container in its address, as azd has it, or in its account's connection string", () => {
    const at = (...words: string[]) => (parse([...base, ...words]) as Asked).backups?.url;
    const url = "https://account.blob.core.windows.net/sql-backups";
    assert.equal(at("--backups", url), url);
    assert.match(at("--backups", "UseDevelopmentStorage=true", "--container", "mine") ?? "", /\/mine$/);
    assert.equal(at(), undefined);
  });
});

describe("what is wrong is told apart", () => {
  const login = { status: 302, location: "https://login.microsoftonline.com/common/oauth2" };
  const problem = (name: string, detail: string) => ({ type: `https://sqlferry.dev/problems/${name}`, detail });
  const degraded = (status: number) => ({ status, body: { status: "degraded" } });
  const told = (details: object) => ({
    status: 503,
    body: { status: "degraded", dependencies: { state: "ok", backups: "ok" }, ...details },
  });
  const rows: readonly [what: string, finding: Finding, words: RegExp][] = [
    ["a sign-in before the health", healthFinding(login), /excluded paths/],
    ["an app without functions", healthFinding({ status: 404 }), /no functions \(404\)/],
    ["a host that does not come up", healthFinding({ status: 503 }), /no functions \(503\)/],
    [
      "storage that is away",
      healthFinding(degraded(503), told({ dependencies: { state: "ok", backups: "unreachable" } })),
      /do not answer: backups/,
    ],
    [
      "a secret that is not read",
      healthFinding(degraded(200), told({ unresolvedSettings: ["TEAMS_WEBHOOK_URL"] })),
      /TEAMS_WEBHOOK_URL/,
    ],
    [
      "a sweep that is late",
      healthFinding(degraded(503), told({ sweep: { isLate: true } })),
      /No sweep has come.*sweep-absent/,
    ],
    [
      "a sweep that failed",
      healthFinding(degraded(200), told({ sweep: { isLate: false } })),
      /could not sweep everything.*sweep-failed/,
    ],
    ["an illness that nobody may be told of", healthFinding(degraded(503)), /health is degraded; .*sign-in below/],
    ["an open door", closedFinding({ status: 200 }), /without signing in.*Take the app down now/],
    ["an address that is not let in", closedFinding({ status: 403 }), /CALLER_ADDRESSES/],
    ["nobody's token", signInFinding(login, false), /SQLFERRY_TOKEN is not set/],
    ["a token of version 1", signInFinding({ status: 401 }), /version 2/],
    [
      "a caller without a role",
      signInFinding({ status: 403, body: problem("role-missing", "Dana has no role; this needs Ferry.Reader.") }),
      /Dana has no role.*Give the role/,
    ],
    ["a principal without a name", signInFinding({ status: 401, body: problem("not-signed-in", "") }), /named nobody/],
    ["a sign-in before a webhook", lockedFinding("BackupDeleted", login), /no event can come/],
    ["a webhook that is not there", lockedFinding("BackupDeleted", { status: 404 }), /not loaded/],
    ["a webhook without a lock", lockedFinding("BackupDeleted", { status: 200 }), /without a key/],
    ["a handshake without an answer", handshakeFinding("NotifyTeams", { status: 200 }, false), /handshake/],
    ["a host without keys", handshakeFinding("NotifyTeams", { status: 401 }, false, false), /no key.*Open the page/],
    ["no verdict", verdictFinding(undefined, 720), /Neither event nor sweep/],
    ["a verdict by the sweep", verdictFinding("selected", 400), /the sweep found it/],
    ["a good backup that is refused", verdictFinding("rejected", 2), /A good backup was judged rejected/],
  ];
  for (const [what, { kind, found, mend }, words] of rows)
    test(what, () => {
      assert.equal(kind, "wrong");
      assert.match(`${found} ${mend}`, words);
    });

  test("and what is right is well", () => {
    for (const finding of [
      healthFinding({ status: 200, body: { status: "ok" } }),
      closedFinding(login),
      closedFinding({ status: 401 }),
      signInFinding({ status: 200 }),
      lockedFinding("BackupDeleted", { status: 401 }),
      handshakeFinding("BackupDeleted", { status: 200 }, true),
      verdictFinding("selected", 3),
    ])
      assert.equal(finding.kind, "well", finding.found);
  });
});
