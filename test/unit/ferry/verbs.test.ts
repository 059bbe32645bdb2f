// Tests that the verbs send the right requests, and end with the exit codes that scripts rely on.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import { pauseBefore } from "../../../ferry/api.ts";
import {
  type Asked,
  type FakeApi,
  fakeApi,
  ferry,
  ferryIntoHead,
  ferryOnTerminal,
  hasTerminal,
  type Reply,
  unfiltered,
} from "./run.ts";

const SALES = {
  migrationId: "sales-12345678",
  state: "restoring",
  mode: "online",
  run: 1,
  source: { container: "backups", folder: "Sales" },
  target: { sqlVmResourceId: "/subscriptions/s/x/sqlvm-07", databaseName: "Sales" },
  verdict: "restorable",
  planVersion: "a1b2",
  files: 5,
  states: { Restored: 3, Restoring: 1, Ignored: 1 },
  restoredTo: { lsn: "37000000006400001", time: "2025-11-24T21:45:00" },
};
const TWINS = ["hr-1", "hr-2"].map((migrationId) => ({ migrationId, source: { folder: "HR" } }));
const HELD_UP = {
  ...TWINS[0],
  state: "starting",
  waitingOn: {
    what: "the integration runtime",
    since: "2025-11-24T20:55:00.000Z",
    cause: "The integration runtime is down.",
    remedy: "Start or register the integration runtime.",
  },
};

type Answers = Readonly<Record<string, (asked: Asked) => NonNullable<Reply>>>;
const USUAL: Answers = {
  "GET /migrations": () => ({ body: { items: [SALES], nextCursor: "sales" } }),
  "GET /migrations?cursor=sales": () => ({ body: { items: TWINS } }),
  "GET /migrations/sales-12345678": () => ({
    body: {
      ...SALES,
      loss: { text: "Cutting over now loses everything after 21:45:00." },
      gaps: [
        { fromLsn: "1", toLsn: "2", healedBy: ["Upload the log of 22:00."], deadline: "2025-11-24T22:45:00.000Z" },
      ],
      waitingFor: [
        { what: "range", fromLsn: "1", toLsn: "2" },
        { what: "base", lsn: "7", neededBy: "Sales/diff.bak" },
      ],
      gate: [{ id: "G4", condition: "DMS has caught up", ok: false, observed: "2 log backups pending" }],
    },
  }),
  "POST /migrations/sales-12345678/preflight": () => ({
    body: {
      passed: false,
      checks: [
        { id: "P02", outcome: "pass", observed: "found", message: "It exists.", remedy: "" },
        { id: "P04", outcome: "fail", observed: "deallocated", message: "It is off.", remedy: "Start the VM." },
      ],
    },
  }),
  "GET /services/dms1": () => ({ body: { name: "dms1", integrationRuntimeState: "Online" } }),
  "PUT /services/dms1": () => ({ status: 202, body: { name: "dms1" } }),
  "POST /services/dms1/keys": () => ({ body: { authKey1: "IR@1", authKey2: "IR@2" } }),
  "POST /services/dms1/keys/regenerate": () => ({ body: { authKey2: "IR@3" } }),
  "GET /services/dms1/nodes": () => ({ body: { items: [{ nodeName: "HOST1", concurrentJobsRunning: 2 }] } }),
  "DELETE /services/dms1/nodes/HOST%201": () => ({ body: {} }),
  "GET /migrations/sales-12345678/files": () => ({
    body: {
      planVersion: "a1b2",
      items: [{ name: "Sales/full.bak", type: "full", state: "Restored", verdict: "selected", reason: "IN_PLAN" }],
    },
  }),
};

let api: FakeApi;
let answers: Answers = USUAL;
before(async () => {
  api = await fakeApi((asked) => answers[unfiltered(asked.what)]?.(asked));
});
after(() => api.close());
beforeEach(() => {
  answers = USUAL;
});
const call = (...words: string[]) => ferry([...words, "--api", api.url]);
const lastAsked = () => api.asked.at(-1);

test("list shows every page of migrations", async () => {
  const { exitCode, out } = await call("list");
  assert.equal(exitCode, 0);
  assert.match(out, /^Sales +restoring +online +restorable +3\/4 +2025-11-24 21:45:00 +sales-12345678$/m);
  assert.match(out, /hr-2$/m);
});

test("list asks for what it is told to, on every page, and a verb only for migrations of the name that it is given", async () => {
  const before = api.asked.length;
  answers = {
    "GET /migrations?state=failed%2Cqueued&vm=SQLVM*&source=SRV1&q=sal&cursor=c": () => ({ body: { items: [] } }),
  };
  answers = {
    ...answers,
    "GET /migrations?state=failed%2Cqueued&vm=SQLVM*&source=SRV1&q=sal": () => ({
      body: { items: [], nextCursor: "c" },
    }),
  };
  const filters = ["--state", "failed,queued", "--vm", "SQLVM*", "--source", "SRV1", "--name", "sal"];
  assert.equal((await call("list", ...filters)).exitCode, 0);
  assert.equal(api.asked.length - before, 2);
  answers = USUAL;
  await call("show", "sales");
  assert.equal(api.asked[before + 2]?.what, "GET /migrations?q=sales");
});

test("files shows every page of them", async () => {
  const row = (name: string) => ({ name, state: "Arrived", verdict: "selected", reason: "PLAN_LOG" });
  answers = {
    ...USUAL,
    "GET /migrations/sales-12345678/files": () => ({ body: { items: [row("Sales/a.trn")], nextCursor: "next" } }),
    "GET /migrations/sales-12345678/files?cursor=next": () => ({ body: { items: [row("Sales/b.trn")] } }),
  };
  const { out } = await call("files", "sales", "--json");
  assert.deepEqual(
    JSON.parse(out).map(({ name }: { name: string }) => name),
    ["Sales/a.trn", "Sales/b.trn"],
  );
});

test("list and show say what a migration waits for", async () => {
  answers = {
    "GET /migrations": () => ({ body: { items: [HELD_UP] } }),
    "GET /migrations/hr-1": () => ({ body: HELD_UP }),
    "GET /migrations/hr-1/files": () => ({ body: { items: [] } }),
  };
  assert.match((await call("list")).out, /^HR +starting .* the integration runtime +hr-1$/m);
  assert.match(
    (await call("show", "hr-1")).out,
    /^waits for +the integration runtime, since 2025-11-24 20:55:00 UTC\n +The integration runtime is down\.\n +Start or/m,
  );
});

test("list --json is the API's list", async () => {
  const { out } = await call("list", "--json");
  assert.deepEqual(JSON.parse(out), [SALES, ...TWINS]);
});

test("show finds a migration by its database without case, and says what stands in its way", async () => {
  const { exitCode, out } = await call("show", "sales");
  assert.equal(exitCode, 0);
  assert.match(out, /target +sqlvm-07 \/ Sales/);
  assert.match(out, /Cutting over now loses everything after 21:45:00/);
  assert.match(
    out,
    /from LSN 1 to 2\n +Awaited until 2025-11-24 22:45:00 UTC; from then on the chain counts as broken\.\n +Upload the log of 22:00/,
  );
  assert.match(out, /^waits for +the full backup with checkpoint LSN 7, which diff\.bak builds on$/m);
  assert.equal(out.match(/waits for/g)?.length, 1, "a gap says its range itself");
  assert.match(out, /G4 not met DMS has caught up \(2 log backups pending\)/);
});

test("files lists verdicts", async () => {
  const { out } = await call("files", "Sales");
  assert.match(out, /Sales\/full\.bak +full +Restored +selected +IN_PLAN/);
});

test("a database that nobody knows ends with 5, one that two migrations share with 2", async () => {
  assert.equal((await call("show", "Unknown")).exitCode, 5);
  const { exitCode, err } = await call("show", "HR");
  assert.equal(exitCode, 2);
  assert.match(err, /hr-1, hr-2/);
});

test("start is bound to the plan of this moment, cutover to the one that was named", async () => {
  answers = {
    ...USUAL,
    "POST /migrations/sales-12345678/start": () => ({ status: 202, body: { detail: "The start is noted." } }),
    "POST /migrations/sales-12345678/cutover": () => ({ status: 202, body: { detail: "The cutover is noted." } }),
  };
  assert.match((await call("start", "Sales")).out, /The start is noted/);
  assert.equal(lastAsked()?.ifMatch, '"a1b2"');
  await call("start", "Sales", "--force", "--reason", "The tail is empty.");
  assert.deepEqual(lastAsked()?.body, { ifReady: false, force: true, reason: "The tail is empty." });
  await call("cutover", "Sales", "--source-closed", "--plan-version", "c3d4");
  assert.equal(lastAsked()?.ifMatch, '"c3d4"');
  assert.deepEqual(lastAsked()?.body, { sourceClosed: true, force: false });
});

describe("a start of backups of a database of another name", () => {
  const ASKED = "POST /migrations/sales-12345678/start";
  const refusing: Answers = {
    ...USUAL,
    [ASKED]: ({ body }) =>
      (body as { sourceDatabaseName?: string }).sourceDatabaseName === "Orders"
        ? { status: 202, body: { detail: "The start is noted." } }
        : {
            status: 409,
            body: {
              type: "https://sqlferry.dev/problems/other-database-name",
              title: "The backups are of a database of another name.",
              detail: "All backups are of Orders.",
              sourceDatabaseName: "Orders",
            },
          },
  };

  test("is refused to a script, with what to say; said with --source-database it is noted", async () => {
    answers = refusing;
    const refused = await call("start", "Sales");
    assert.deepEqual([refused.exitCode, /All backups are of Orders/.test(refused.err)], [3, true]);
    assert.equal((await call("start", "Sales", "--source-database", "Orders")).exitCode, 0);
  });

  test("is asked about on a terminal", { skip: hasTerminal ? false : "no script(1)" }, async () => {
    answers = refusing;
    for (const [typed, exitCode] of [
      ["no\n", 3],
      ["yes\n", 0],
    ] as const)
      assert.equal((await ferryOnTerminal(["start", "Sales", "--api", api.url], typed)).exitCode, exitCode, typed);
  });
});

test("a refusal by the gate ends with 3 and tells every reason", async () => {
  answers = {
    ...USUAL,
    "POST /migrations/sales-12345678/cutover": () => ({
      status: 409,
      body: {
        title: "The restore has not caught up.",
        detail: "2 logs.",
        alsoRefusedFor: [{ detail: "The VM is off." }],
      },
    }),
  };
  const { exitCode, err } = await call("cutover", "Sales", "--yes");
  assert.equal(exitCode, 3);
  assert.match(err, /The restore has not caught up\. 2 logs\.\nThe VM is off\./);
});

test("waiting for a cutover ends with 0 when it is done, 3 when it was refused, 1 when the run ended otherwise, 4 at the timeout", async () => {
  const operation = (status: string) => ({ body: { requestId: "op", status, detail: status } });
  for (const [status, exitCode] of [
    ["done", 0],
    ["refused", 3],
    ["superseded", 1],
    ["running", 4],
  ] as const) {
    answers = {
      ...USUAL,
      "POST /migrations/sales-12345678/cutover": () => ({
        status: 202,
        body: { requestId: "op", status: "accepted", detail: "Noted." },
      }),
      "GET /operations/op": () => operation(status),
    };
    assert.equal((await call("cutover", "Sales", "--yes", "--wait", "--timeout", "1")).exitCode, exitCode, status);
  }
});

test("a cutover that nobody can be asked about names its plan or says yes; else it is a usage error and nothing is asked", async () => {
  const before = api.asked.length;
  const { exitCode, err } = await call("cutover", "Sales");
  assert.equal(exitCode, 2);
  assert.match(err, /--plan-version.*--yes/s);
  assert.equal(api.asked.length, before);
  answers = {
    ...USUAL,
    "POST /migrations/sales-12345678/cutover": () => ({ status: 202, body: { detail: "The cutover is noted." } }),
  };
  const agreed = await call("cutover", "Sales", "--yes");
  assert.deepEqual([agreed.exitCode, lastAsked()?.ifMatch], [0, '"a1b2"']);
  assert.match(agreed.out, /^Plan a1b2, last backup none\. Cutting over now loses everything after 21:45:00\.$/m);
});

describe("a cutover on a terminal", { skip: hasTerminal ? false : "no script(1) to make a terminal with" }, () => {
  const posted = () => api.asked.filter(({ what }) => what.endsWith("/cutover"));
  const onTerminal = async (typed: string) => {
    answers = {
      ...USUAL,
      "POST /migrations/sales-12345678/cutover": () => ({ status: 202, body: { detail: "The cutover is noted." } }),
    };
    const before = posted().length;
    const ended = await ferryOnTerminal(["cutover", "Sales", "--api", api.url], typed);
    return { ...ended, sent: posted().slice(before) };
  };

  test("shows plan, last backup and loss, asks, and sends what was shown", async () => {
    const { exitCode, out, sent } = await onTerminal("yes\n");
    assert.equal(exitCode, 0, out);
    assert.match(out, /Cut over to "Sales" on sqlvm-07, plan a1b2\? Cutting over now loses everything after 21:45:00/);
    assert.deepEqual(
      sent.map(({ ifMatch }) => ifMatch),
      ['"a1b2"'],
    );
  });

  test("sends nothing without a yes", async () => {
    for (const typed of ["no\n", "y\n", "\n", "\u0004"]) {
      const { exitCode, out, sent } = await onTerminal(typed);
      assert.deepEqual([exitCode, sent], [3, []], out);
      assert.match(out, /Not cut over\./);
    }
  });
});

test("a cutover of a database that is online already asks nobody, and tells who asked for it", async () => {
  answers = {
    ...USUAL,
    "GET /migrations/sales-12345678": () => ({ body: { ...SALES, state: "succeeded", loss: { text: "Lost." } } }),
    "POST /migrations/sales-12345678/cutover": () => ({ status: 202, body: { detail: "Asked for by Dana." } }),
  };
  assert.equal((await call("cutover", "Sales", "--yes")).out, "Asked for by Dana.\n");
});

test("force without a reason is a usage error before anything is sent, told by its option", async () => {
  const before = api.asked.length;
  for (const words of [
    ["start", "Sales"],
    ["cutover", "Sales", "--yes"],
  ]) {
    const { exitCode, err } = await call(...words, "--force");
    assert.equal(exitCode, 2);
    assert.match(err, /--force takes --reason TEXT/);
  }
  assert.equal(api.asked.length, before);
});

describe("an offline start over an open source", () => {
  const OPEN = {
    ...SALES,
    state: "waitingForChain",
    mode: "offline",
    closed: false,
    lastBackupName: "Sales/log_3.trn",
    restorableTo: SALES.restoredTo,
  };
  const open: Answers = {
    ...USUAL,
    "GET /migrations/sales-12345678": () => ({ body: OPEN }),
    "POST /migrations/sales-12345678/start": () => ({ status: 202, body: { detail: "The start is noted." } }),
  };
  const LEFT_OUT = /The last backup ends at 2025-11-24 21:45:00 \(log_3\.trn\), and no tail log closes the source/;

  test("tells a script on stderr what is not taken along, and starts", async () => {
    answers = open;
    const { exitCode, err } = await call("start", "Sales");
    assert.equal(exitCode, 0);
    assert.match(err, LEFT_OUT);
    assert.equal(lastAsked()?.what, "POST /migrations/sales-12345678/start");
  });

  test("says nothing of it when a tail log closes the source, or it has begun", async () => {
    for (const change of [{ closed: true }, { state: "restoring" }, { mode: "online" }]) {
      answers = { ...open, "GET /migrations/sales-12345678": () => ({ body: { ...OPEN, ...change } }) };
      assert.equal((await call("start", "Sales")).err, "");
    }
  });

  test("past a file that cannot be used names it only when it is forced: without force it does not start", async () => {
    const unusableNewer = [{ file: "Sales/torn.trn" }];
    answers = { ...open, "GET /migrations/sales-12345678": () => ({ body: { ...OPEN, unusableNewer } }) };
    assert.equal((await call("start", "Sales")).err, "");
    const { err } = await call("start", "Sales", "--force", "--reason", "r");
    assert.match(err, /^The start goes past torn\.trn: what it holds will be missing on the target\. The last backup/);
  });

  test("is asked about on a terminal", { skip: hasTerminal ? false : "no script(1)" }, async () => {
    answers = open;
    for (const [typed, exitCode] of [
      ["no\n", 3],
      ["yes\n", 0],
    ] as const) {
      const ended = await ferryOnTerminal(["start", "Sales", "--api", api.url], typed);
      assert.equal(ended.exitCode, exitCode, ended.out);
      assert.match(ended.out, exitCode === 3 ? /Not started\./ : /The start is noted/);
    }
  });
});

test("a start of what has begun by itself is done; of a run that ended otherwise, or one to be forced, it is refused", async () => {
  for (const [state, words, exitCode] of [
    ["queued", [], 0],
    ["succeeded", [], 0],
    ["canceled", [], 3],
    ["queued", ["--force", "--reason", "r"], 3],
  ] as const) {
    answers = {
      ...USUAL,
      "POST /migrations/sales-12345678/start": () => ({
        status: 409,
        body: { type: "https://sqlferry.dev/problems/not-startable", title: "No.", detail: `It is ${state}.`, state },
      }),
    };
    const ended = await call("start", "Sales", ...words);
    assert.deepEqual([ended.exitCode, (ended.out + ended.err).includes(`It is ${state}.`)], [exitCode, true], state);
  }
});

test("what is lost by a start stays told when its end is awaited", async () => {
  answers = {
    ...USUAL,
    "POST /migrations/sales-12345678/start": () => ({
      status: 202,
      body: { requestId: "op", status: "accepted", detail: "The start is noted. torn.trn is passed over." },
    }),
    "GET /operations/op": () => ({ body: { requestId: "op", status: "done", detail: "The restore has begun." } }),
  };
  const { out } = await call("start", "Sales", "--force", "--reason", "r", "--wait");
  assert.equal(out, "The start is noted. torn.trn is passed over.\nThe restore has begun.\n");
});

describe("restart", () => {
  const RESTART = "POST /migrations/sales-12345678/restart";
  const VM = "/subscriptions/s/x/sqlvm-08";

  test("begins another run, with another target where that is said, and tells where it goes", async () => {
    answers = {
      ...USUAL,
      [RESTART]: () => ({
        status: 202,
        body: { ...SALES, run: 2, state: "waitingForChain", target: { sqlVmResourceId: VM, databaseName: "Sales2" } },
      }),
    };
    const { exitCode, out } = await call(
      "restart",
      "Sales",
      "--vm",
      VM,
      "--target-database",
      "Sales2",
      "--reason",
      "r",
    );
    assert.deepEqual([exitCode, out], [0, "Run 2 begins; the migration is waitingForChain, to sqlvm-08 / Sales2.\n"]);
    assert.deepEqual(lastAsked()?.body, { reason: "r", target: { sqlVmResourceId: VM, databaseName: "Sales2" } });
    await call("restart", "Sales");
    assert.deepEqual(lastAsked()?.body, {});
  });

  test("of an offline migration says that the word to start is needed anew", async () => {
    answers = { ...USUAL, [RESTART]: () => ({ status: 202, body: { ...SALES, run: 2, mode: "offline" } }) };
    assert.match((await call("restart", "Sales")).out, /all files are here with: ferry start sales-12345678/);
  });

  test("that is not understood is told by its options", async () => {
    answers = {
      ...USUAL,
      [RESTART]: () => ({
        status: 400,
        body: {
          title: "The request is not understood.",
          detail: "/target/sqlVmResourceId: an ARM id",
          errors: [{ pointer: "/target/sqlVmResourceId", message: "an ARM id" }],
        },
      }),
    };
    const { exitCode, err } = await call("restart", "Sales", "--vm", "sqlvm-08");
    assert.deepEqual([exitCode, err], [2, "The request is not understood. --vm: an ARM id.\n"]);
  });
});

test("a reader that has seen enough ends nothing and shows no error", async () => {
  const many = { ...SALES, folder: "x".repeat(200) };
  answers = { ...USUAL, "GET /migrations": () => ({ body: { items: Array.from({ length: 5_000 }, () => many) } }) };
  assert.deepEqual(await ferryIntoHead(["list", "--api", api.url]), { exitCode: 0, err: "" });
});

describe("show", () => {
  const shown = async (details: object, items: readonly object[] = []) => {
    answers = {
      ...USUAL,
      "GET /migrations/sales-12345678": () => ({ body: { ...SALES, ...details } }),
      "GET /migrations/sales-12345678/files": () => ({ body: { items } }),
    };
    return (await call("show", "Sales")).out;
  };

  test("tells a forced start with who, why and what is not on the target, and the loss of a run that succeeded", async () => {
    const word = { kind: "start", by: "dana", at: "2025-11-24T20:55:00.000Z", passedOverFiles: ["Sales/torn.trn"] };
    const out = await shown({
      state: "succeeded",
      loss: { text: "What the source wrote after 21:45:00 is not on the target." },
      requests: [{ ...word, forced: { reason: "The tail is empty." }, outcome: { status: "done" } }],
    });
    assert.match(out, /^loss +What the source wrote after 21:45:00 is not on the target\.$/m);
    assert.match(out, /^start +asked for by dana at 2025-11-24 20:55:00 UTC; forced: The tail is empty\.$/m);
    assert.match(out, /^ +What these files hold is not on the target: torn\.trn$/m);
  });

  test("names files that are no backups, and how one is taken out of the folder", async () => {
    const notes = { name: "Sales/notes.trn", verdict: "notABackup", reason: "NOT_A_BACKUP", detail: "It is a text." };
    const out = await shown({ verdict: "empty" }, [notes]);
    assert.match(out, /^not used +notes\.trn \(NOT_A_BACKUP\)\. It is a text\.$/m);
    assert.match(out, /az storage blob delete .*--container-name backups --name "Sales\/notes\.trn"/);
    const told = await shown({ problems: [{ message: "notes.trn.", files: ["Sales/notes.trn"] }] }, [notes]);
    assert.doesNotMatch(told, /^not used/m, "once is enough");
  });

  test("says which files of a mixed folder go where, and when the preflight looked", async () => {
    const out = await shown({
      databases: [
        { name: "Sales", files: ["Sales/a.bak"], suggestedFolder: "stay" },
        { name: "Orders", files: ["Sales/b.bak", "Sales/c.trn"], suggestedFolder: "Orders" },
      ],
      checks: [{ id: "P04", outcome: "warn", message: "It is off.", remedy: "Start it." }],
      checksAt: "2025-11-24T20:55:00.000Z",
    });
    assert.match(out, /^database +Sales: 1 file \(a\.bak\) may stay$/m);
    assert.match(out, /^database +Orders: 2 files \(b\.bak, c\.trn\) to be moved into the folder Orders$/m);
    assert.match(out, /P04 warn \(as of 2025-11-24 20:55:00 UTC\): It is off\. Start it\./);
  });

  test("names the restart of a run that ended otherwise than by success", async () => {
    assert.match(await shown({ state: "canceled" }), /^next +ferry restart sales-12345678 \(with --vm/m);
    assert.doesNotMatch(await shown({ state: "succeeded" }), /ferry restart/);
  });
});

test("cancel needs a reason and sends it", async () => {
  assert.equal((await call("cancel", "Sales")).exitCode, 2);
  answers = { ...USUAL, "POST /migrations/sales-12345678/cancel": () => ({ status: 202, body: {} }) };
  assert.equal((await call("cancel", "Sales", "--reason", "wrong VM")).exitCode, 0);
  assert.deepEqual(lastAsked()?.body, { reason: "wrong VM" });
});

test("SQLFERRY_API and SQLFERRY_TOKEN are used", async () => {
  await ferry(["list"], { SQLFERRY_API: `${api.url}/`, SQLFERRY_TOKEN: "secret" });
  assert.equal(lastAsked()?.authorization, "Bearer secret");
});

test("a verb is explained by --help, and by help with its name", async () => {
  for (const words of [
    ["plan", "--help"],
    ["plan", "FOLDER", "-h"],
    ["help", "plan"],
  ]) {
    const { exitCode, out } = await ferry(words);
    assert.equal(exitCode, 0);
    assert.match(out, /^ferry plan FOLDER\|HEADERS\.json .*\n {4}would these backups restore/);
  }
});

test("wrong words end with 2, an API that does not answer with 1", async () => {
  for (const words of [
    ["sail"],
    ["list", "--loud"],
    ["show"],
    ["show", "a", "b"],
    ["upload", "."],
    ["inspect"],
    ["toString"],
  ])
    assert.equal((await ferry(words)).exitCode, 2, words.join(" "));
  const { exitCode, err } = await ferry(["list", "--api", "http://127.0.0.1:9"]);
  assert.equal(exitCode, 1);
  assert.match(err, /Nobody answers at http:\/\/127\.0\.0\.1:9/);
});

test("a verb or a migration that is spelt wrong is answered with the one that may be meant", async () => {
  assert.match((await ferry(["shwo"])).err, /There is no "ferry shwo"\. Did you mean show\? See: ferry help/);
  const { exitCode, err } = await call("show", "Slaes");
  assert.deepEqual(
    [exitCode, err],
    [5, 'There is no migration "Slaes". Did you mean Sales? ferry list shows all of them.\n'],
  );
});

test("the version is that of the package", async () => {
  const { exitCode, out } = await ferry(["--version"]);
  assert.deepEqual([exitCode, /^\d+\.\d+\.\d+/.test(out)], [0, true]);
});

test("an address that is none, that speaks no TLS, or that is somebody else's is told apart", async () => {
  const missing = await ferry(["list", "--api", "localhost:7071"]);
  assert.deepEqual([missing.exitCode, /Did you mean http:\/\/localhost:7071\?/.test(missing.err)], [2, true]);
  const noTls = await ferry(["list", "--api", api.url.replace("http:", "https:")]);
  assert.deepEqual([noTls.exitCode, /speaks no TLS: is its address http:/.test(noTls.err)], [1, true], noTls.err);
  const other = createServer((_, response) => response.writeHead(400, { "content-type": "text/html" }).end("<p>No."));
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const elsewhere = await ferry(["list", "--api", `http://127.0.0.1:${port}`]);
  other.close();
  assert.equal(elsewhere.exitCode, 1);
  assert.match(elsewhere.err, /is not sqlferry's API: 400, text\/html\. Expected JSON/);
});

test("help names every verb", async () => {
  const { exitCode, out } = await ferry([]);
  assert.equal(exitCode, 0);
  for (const verb of ["inspect", "upload", "list", "show", "files", "start", "cutover", "cancel"])
    assert.match(out, new RegExp(`^  ferry ${verb}\\b`, "m"));
});

test("preflight tells every check, and ends with 3 when one fails", async () => {
  const { exitCode, out } = await call("preflight", "Sales");
  assert.equal(exitCode, 3);
  assert.match(out, /^P04 +fail +It is off\. \(deallocated\)\n +-> Start the VM\.$/m);
  assert.match(out, /A start would be refused/);
});

test("service looks after a migration service and its runtime", async () => {
  for (const [words, asked, body, says] of [
    [["show", "dms1"], "GET /services/dms1", undefined, /integrationRuntimeState +Online/],
    [["create", "dms1", "--location", "westeurope"], "PUT /services/dms1", { location: "westeurope" }, /dms1/],
    [["keys", "dms1"], "POST /services/dms1/keys", {}, /authKey2 +IR@2/],
    [
      ["regenerate", "dms1", "--key", "authKey2"],
      "POST /services/dms1/keys/regenerate",
      { keyName: "authKey2" },
      /IR@3/,
    ],
    [["nodes", "dms1"], "GET /services/dms1/nodes", undefined, /HOST1 +2/],
    [
      ["delete-node", "dms1", "--node", "HOST 1"],
      "DELETE /services/dms1/nodes/HOST%201",
      undefined,
      /HOST 1 is retired/,
    ],
  ] as const) {
    const { exitCode, out, err } = await call("service", ...words);
    assert.equal(exitCode, 0, err);
    assert.deepEqual([lastAsked()?.what, lastAsked()?.body], [asked, body]);
    assert.match(out, says);
  }
});

test("service refuses what it does not understand", async () => {
  for (const words of [
    ["polish", "dms1"],
    ["show"],
    ["create", "dms1"],
    ["delete-node", "dms1"],
    ["regenerate", "dms1", "--key", "k3"],
  ])
    assert.equal((await call("service", ...words)).exitCode, 2, words.join(" "));
});

describe("an answer of 503", () => {
  const away = (retryAfter = "1") => ({
    status: 503,
    headers: { "retry-after": retryAfter },
    body: { title: "The storage does not answer.", detail: "Ask again." },
  });

  test("to a question is waited out as it says, which is told on stderr, and the answer is as ever", async () => {
    let times = 0;
    answers = {
      ...USUAL,
      "GET /migrations/sales-12345678": (asked) =>
        ++times <= 2 ? away() : (USUAL["GET /migrations/sales-12345678"]?.(asked) ?? assert.fail()),
    };
    const { exitCode, out, err } = await call("show", "Sales", "--json");
    assert.deepEqual([exitCode, times, JSON.parse(out).state], [0, 3, "restoring"]);
    assert.deepEqual(err.trim().split("\n"), [
      "The storage does not answer. Ask again. Asked again in 1 s.",
      "The storage does not answer. Ask again. Asked again in 1 s.",
    ]);
  });

  test("that asks for a longer patience than the command has ends it with what was said", async () => {
    answers = { ...USUAL, "GET /migrations": () => away("3600") };
    const { exitCode, err } = await call("list");
    assert.deepEqual([exitCode, err.trim()], [1, "The storage does not answer. Ask again."]);
  });

  test("to a change has it sent once more, and its answer is as ever", async () => {
    let times = 0;
    const cancel = () => ({ status: 202, body: { requestId: "op-1", detail: "The cancel is noted." } });
    answers = { ...USUAL, "POST /migrations/sales-12345678/cancel": () => (++times === 1 ? away() : cancel()) };
    const { exitCode, out, err } = await call("cancel", "Sales", "--reason", "r");
    assert.deepEqual([exitCode, times, out.trim()], [0, 2, "The cancel is noted."]);
    assert.equal(err.trim(), "The storage does not answer. Ask again. Asked again in 1 s.");
  });

  test("is waited for five times and two minutes at most, whatever it asks for", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(200).map(String), fc.constantFrom(null, "soon", "-1", "1e9"))), (told) => {
        let paused = 0;
        let repetition = 1;
        for (const retryAfter of told) {
          const pause = pauseBefore(repetition, paused, retryAfter);
          if (pause === undefined) break;
          assert.ok(pause >= 1);
          paused += pause;
          repetition += 1;
        }
        assert.ok(paused <= 120 && repetition <= 6);
      }),
    );
  });
});
