// Tests that `ferry upload` registers, uploads and declares complete, in this order and only once.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { BlobServiceClient, type ContainerClient, ContainerSASPermissions } from "@azure/storage-blob";
import { type Azurite, startAzurite } from "../../../../local/azurite.ts";
import { brokenBackup } from "../../../../local/backups/brokenBackup.ts";
import { thumbprintFor } from "../../../../local/backups/guidFor.ts";
import { sampleBackup, sampleBackups } from "../../../../local/backups/sampleBackups.ts";
import { freePorts } from "../../../../local/ports.ts";
import { type FakeApi, fakeApi, ferry, ferryOnTerminal, hasTerminal } from "../run.ts";

let azurite: Azurite;
let container: ContainerClient;
let folder = "";
let api: FakeApi | undefined;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "ferry-upload-"));
  const [blobPort = 0, queuePort = 0, tablePort = 0] = await freePorts(3);
  azurite = await startAzurite({ blobPort, queuePort, tablePort, logFile: join(folder, ".logs", "azurite.log") });
  container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("backups");
  await container.create();
  mkdirSync(join(folder, "Sales", "Stripe2"), { recursive: true });
  writeFileSync(join(folder, "Sales", "full_1.bak"), "one");
  writeFileSync(join(folder, "Sales", "Stripe2", "full_2.bak"), "two");
});
after(async () => {
  await azurite.stop();
  rmSync(folder, { recursive: true });
});
afterEach(() => api?.close());

const upload = (...words: string[]) =>
  ferry(["upload", ...words, "--api", api?.url ?? "", "--connection", azurite.connectionString]);

async function blobNames(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of container.listBlobsFlat()) names.push(name);
  return names;
}

const OFFLINE = {
  migrationId: "sales-1",
  state: "waitingForChain",
  mode: "offline",
  verdict: "restorable",
  closed: false,
  lastBackupName: "Sales/full_2.bak",
  restorableTo: { lsn: "200", time: "2025-11-24T21:45:00" },
};

test("an offline upload registers before the first upload, and says that all files are here when all have a verdict", async () => {
  let looks = 0;
  const namesAtRegistration: string[][] = [];
  const files = (verdict: string) => ["full_1.bak", "full_2.bak"].map((name) => ({ name: `Sales/${name}`, verdict }));
  api = await fakeApi(async ({ what }) => {
    if (what === "POST /migrations") {
      namesAtRegistration.push(await blobNames());
      return { status: 201, body: { migrationId: "sales-1", mode: "offline" } };
    }
    if (what === "GET /migrations/sales-1/files") {
      looks += 1;
      return { body: { planVersion: `v${looks}`, items: looks === 1 ? files("reading") : files("selected") } };
    }
    if (what === "GET /migrations/sales-1") return { body: { ...OFFLINE, planVersion: `v${looks}` } };
    if (what !== "POST /migrations/sales-1/start") return undefined;
    return looks === 2
      ? { status: 412, body: { type: "https://sqlferry.dev/problems/plan-changed" } }
      : { status: 202, body: { detail: "The start is noted." } };
  });
  const { exitCode, out, err } = await upload(join(folder, "Sales"), "--database", "Sales", "--mode", "offline");
  assert.equal(exitCode, 0);
  assert.match(out, /uploaded +3 B +full_1\.bak/);
  assert.match(out, /^2 files uploaded to the folder Sales\.$/m);
  assert.equal(err.match(/no tail log closes the source/g)?.length, 1, "what is not taken along is told before, once");
  assert.match(out, /The start is noted/);
  assert.deepEqual(namesAtRegistration, [[]]);
  assert.deepEqual(await blobNames(), ["Sales/full_1.bak", "Sales/full_2.bak"]);
  assert.deepEqual(api.asked[0]?.body, {
    source: { folder: "Sales" },
    target: { databaseName: "Sales" },
    mode: "offline",
  });
  assert.equal(api.asked.at(-1)?.ifMatch, '"v3"', "a plan that changed meanwhile is looked at again");
});

test("a second upload sends nothing that is there already, and takes the migration that is there", async () => {
  api = await fakeApi(({ what }) =>
    what === "POST /migrations"
      ? { status: 409, body: { type: "https://sqlferry.dev/problems/already-exists", migrationId: "sales-1" } }
      : { body: { migrationId: "sales-1", mode: "online" } },
  );
  const sent = await container.getBlobClient("Sales/full_1.bak").getProperties();
  const { exitCode, out } = await upload(join(folder, "Sales"), "--database", "Sales");
  assert.equal(exitCode, 0);
  assert.match(out, /there already +3 B +full_1\.bak/);
  assert.match(out, /^0 files uploaded to the folder Sales, 2 there already\.$/m);
  assert.equal((await container.getBlobClient("Sales/full_1.bak").getProperties()).etag, sent.etag);
});

test("its earlier name, drop, does the same", async () => {
  api = await fakeApi(() => ({ body: { migrationId: "sales-1", mode: "online", state: "draft" } }));
  const words = [join(folder, "Sales"), "--database", "ByDrop"];
  const { exitCode, out } = await ferry(["drop", ...words, "--api", api.url, "--connection", azurite.connectionString]);
  assert.equal(exitCode, 0);
  assert.match(out, /^2 files uploaded to the folder ByDrop\.$/m);
  for (const help of [
    ["help", "drop"],
    ["drop", "--help"],
  ])
    assert.match((await ferry(help)).out, /^ferry upload FOLDER/);
});

test("a migration that is there in the other mode is not fed", async () => {
  api = await fakeApi(({ what }) =>
    what === "POST /migrations"
      ? { status: 409, body: { type: "https://sqlferry.dev/problems/already-exists", migrationId: "sales-1" } }
      : { body: { migrationId: "sales-1", mode: "online" } },
  );
  const { exitCode, err } = await upload(join(folder, "Sales"), "--database", "Sales", "--mode", "offline");
  assert.equal(exitCode, 3);
  assert.match(err, /it is online\. Nothing was sent\. .*upload without --mode, and cut it over with ferry cutover/);
});

describe("an upload into a folder whose migration", () => {
  const SALES = ["full_1.bak", "full_2.bak"].map((name) => ({ name: `Sales/${name}`, verdict: "selected" }));
  /** Runs the upload while the migration exists already, in this state. */
  const met = async (state: string, more: object = {}) => {
    api?.close();
    api = await fakeApi(({ what }) => {
      if (what === "POST /migrations")
        return { status: 409, body: { type: "https://sqlferry.dev/problems/already-exists", migrationId: "sales-1" } };
      if (what === "GET /migrations/sales-1") return { body: { ...OFFLINE, state, planVersion: "v", ...more } };
      return what === "GET /migrations/sales-1/files" ? { body: { planVersion: "v", items: SALES } } : undefined;
    });
  };
  const again = (...words: string[]) => upload(join(folder, "Sales"), "--database", "Sales", ...words);

  test("was canceled, failed or did not pass its preflight says that nothing starts, and names the restart", async () => {
    for (const state of ["canceled", "failed", "preflightFailed"])
      for (const words of [[], ["--mode", "offline"]]) {
        await met(state);
        const { exitCode, err } = await again(...words);
        assert.equal(exitCode, 3);
        assert.match(
          err,
          new RegExp(`nothing starts: the migration is ${state}\\. Begin another run: ferry restart sales-1`),
        );
      }
  });

  test("has succeeded is refused before anything is sent; when all is there already it is done", async () => {
    await met("succeeded");
    const done = await again("--mode", "offline");
    assert.deepEqual([done.exitCode, /has succeeded: the database is online/.test(done.out)], [0, true]);
    const late = await upload(join(folder, "Sales"), "--database", "Done", "--mode", "offline");
    assert.deepEqual([late.exitCode, /nothing was sent/.test(late.err)], [3, true]);
    assert.ok(!(await blobNames()).some((name) => name.startsWith("Done/")));
  });

  test("is on its way says so", async () => {
    await met("restoring", { mode: "online" });
    assert.match((await again()).out, /^The migration is restoring\. See: ferry show sales-1$/m);
    await met("waitingForChain");
    assert.match(
      (await again()).out,
      /unless a tail log ends the chain, it starts when you say so: ferry start sales-1/,
    );
  });

  test("has another VM than --vm is refused before anything is sent, and says how to correct it", async () => {
    const target = { sqlVmResourceId: "/subscriptions/s/sqlvm-99", databaseName: "Sales" };
    const GOOD = "/subscriptions/s/sqlvm-07";
    await met("preflightFailed", { target });
    const ended = await again("--vm", GOOD);
    assert.equal(ended.exitCode, 3);
    assert.match(
      ended.err,
      /its target is sqlvm-99, not sqlvm-07.*ferry restart sales-1 --vm \/subscriptions\/s\/sqlvm-07/,
    );
    await met("waitingForChain", { target });
    assert.match((await again("--vm", GOOD)).err, /ferry cancel sales-1 .*, then ferry restart sales-1 --vm/);
    await met("restoring", { target, mode: "online" });
    assert.equal((await again("--vm", target.sqlVmResourceId.toUpperCase())).exitCode, 0, "ids differ in case only");
  });

  test("starts by itself on a tail log before the word is given ends with 0, whatever state it is in by then", async () => {
    for (const [state, exitCode, says] of [
      ["preflighting", 0, /All 2 files are here, and the migration has started by itself: it is preflighting/],
      ["succeeded", 0, /started by itself: it is succeeded/],
      ["preflightFailed", 3, /Begin another run: ferry restart sales-1/],
    ] as const) {
      api?.close();
      api = await fakeApi(({ what }) => {
        if (what === "POST /migrations") return { status: 201, body: { ...OFFLINE } };
        if (what === "GET /migrations/sales-1") return { body: { ...OFFLINE, state, planVersion: "v" } };
        if (what === "GET /migrations/sales-1/files") return { body: { planVersion: "v", items: SALES } };
        return { status: 409, body: { type: "https://sqlferry.dev/problems/not-startable", title: "No.", state } };
      });
      const ended = await again("--mode", "offline");
      assert.equal(ended.exitCode, exitCode, ended.err);
      assert.match(ended.out + ended.err, says);
    }
  });
});

test("a file that is not used is told with reason and remedy when an offline upload says that all are here", async () => {
  const items = [
    { name: "Sales/full_1.bak", verdict: "selected" },
    { name: "Sales/full_2.bak", verdict: "rejected", reason: "TRUNCATED", remedy: "Upload the file again." },
  ];
  api = await fakeApi(({ what }) => {
    if (what === "POST /migrations") return { status: 201, body: OFFLINE };
    if (what === "GET /migrations/sales-1") return { body: { ...OFFLINE, planVersion: "v" } };
    return what === "GET /migrations/sales-1/files"
      ? { body: { planVersion: "v", items } }
      : { status: 202, body: { detail: "The start is noted." } };
  });
  const { err } = await upload(join(folder, "Sales"), "--database", "Sales", "--mode", "offline");
  assert.match(err, /^Not used: full_2\.bak \(TRUNCATED\)\. Upload the file again\.$/m);
});

test("a name that no folder can have is told by its option, once", async () => {
  api = await fakeApi(() => ({
    status: 400,
    body: {
      title: "The request is not understood.",
      errors: [
        { pointer: "/source/folder", message: "a folder is one path segment" },
        { pointer: "/target/databaseName", message: "a database name" },
      ],
    },
  }));
  const { exitCode, err } = await upload(join(folder, "Sales"), "--database", "Sales");
  assert.deepEqual(
    [exitCode, err.trim()],
    [2, "The request is not understood. --database: a folder is one path segment."],
  );
});

test("files of one name in two subfolders are refused before anything is sent", async () => {
  api = await fakeApi(() => undefined);
  for (const stripe of ["Stripe1", "Stripe2"]) {
    mkdirSync(join(folder, "Twins", stripe), { recursive: true });
    writeFileSync(join(folder, "Twins", stripe, "full.bak"), "x");
  }
  const { exitCode, err } = await upload(join(folder, "Twins"), "--database", "Twins");
  assert.equal(exitCode, 2);
  assert.match(err, /Stripe1.full\.bak\n.*Stripe2.full\.bak/);
  assert.equal(api.asked.length, 0);
});

test("files without a verdict at the timeout end with 4; a folder that is not there with 5", async () => {
  api = await fakeApi(({ what }) =>
    what === "POST /migrations" ? { status: 201, body: { migrationId: "late-1" } } : { body: { items: [] } },
  );
  const late = await upload(join(folder, "Sales"), "--database", "Late", "--mode", "offline", "--timeout", "1");
  assert.equal(late.exitCode, 4);
  assert.match(late.out, /Still waiting for a verdict on 2 files/);
  assert.equal((await upload(join(folder, "Nowhere"), "--database", "Nowhere")).exitCode, 5);
});

test("which certificate the target needs is told with its statements before anything is registered or sent", async () => {
  mkdirSync(join(folder, "Secret"), { recursive: true });
  const samples = { "tde.bak": sampleBackup("unverifiedTde"), "closed.bak": brokenBackup("encryptedByTde") };
  for (const [name, bytes] of Object.entries(samples)) writeFileSync(join(folder, "Secret", name), bytes);
  api = await fakeApi(() => ({ status: 400, body: { title: "Not now", detail: "Not now." } }));
  const { exitCode, out } = await upload(join(folder, "Secret"), "--database", "Secret", "--source-database", "Orders");
  assert.notEqual(exitCode, 0);
  const { tdeThumbprint } = sampleBackups.unverifiedTde.sets[0];
  assert.match(out, new RegExp(`P19.*encrypted \\(TDE\\).*0x${tdeThumbprint}.*BACKUP CERTIFICATE.*CREATE CERTIFICATE`));
  assert.match(out, new RegExp(`Encrypted, and not used: closed\\.bak.*0x${thumbprintFor("certificate")}`));
  assert.doesNotMatch(out, /uploaded/);
  assert.ok((await blobNames()).every((name) => !name.startsWith("Secret/")));
});

test("of backups without TDE, and of files that are no backups, no certificate is told", async () => {
  mkdirSync(join(folder, "Open"), { recursive: true });
  writeFileSync(join(folder, "Open", "full.bak"), sampleBackup("full"));
  writeFileSync(join(folder, "Open", "notes.txt"), "notes");
  api = await fakeApi(() => REGISTERED);
  const { exitCode, out } = await upload(join(folder, "Open"), "--database", "Open", "--source-database", "Orders");
  assert.equal(exitCode, 0);
  assert.doesNotMatch(out, /P19|ertificate/);
});

const REGISTERED = { status: 201, body: { migrationId: "sales-1", mode: "online" } };

test("nothing is registered when the container is not there or cannot be reached", async () => {
  api = await fakeApi(() => REGISTERED);
  const missing = await upload(join(folder, "Sales"), "--database", "Sales", "--container", "elsewhere");
  assert.equal(missing.exitCode, 5);
  assert.match(missing.err, /^There is no container http.*\/elsewhere\. Nothing was sent or registered\.\n$/);

  const wrongKey = azurite.connectionString.replace(/AccountKey=[^;]+/, "AccountKey=bm90IHRoZSBrZXk=");
  const refused = await ferry([
    "upload",
    join(folder, "Sales"),
    ...["--database", "Sales", "--api", api.url, "--connection", wrongKey],
  ]);
  assert.equal(refused.exitCode, 1);
  assert.match(refused.err, /^http.*\/backups refuses the request: 403 AuthorizationFailure\. Nothing/);
  assert.doesNotMatch(refused.err, /bm90|\n.*at /);
  assert.equal(api.asked.length, 0);
});

test("an API that is not the local one needs to be told where the backups go", async () => {
  api = await fakeApi(() => REGISTERED);
  const sales = ["upload", join(folder, "Sales"), "--database", "Sales", "--api", api.url];
  const unsaid = await ferry(sales);
  assert.equal(unsaid.exitCode, 2);
  assert.match(unsaid.err, /^Where do the backups go\?/);
  const nonsense = await ferry([...sales, "--connection", "my storage"]);
  assert.equal(nonsense.exitCode, 2);
  assert.match(nonsense.err, /neither a connection string .* nor the URL/);
  assert.equal(api.asked.length, 0);
});

test("a SAS for the container alone is enough to upload with", async () => {
  api = await fakeApi(() => REGISTERED);
  const url = await container.generateSasUrl({
    permissions: ContainerSASPermissions.parse("rcwl"),
    expiresOn: new Date(Date.now() + 600_000),
  });
  const [endpoint = "", signature = ""] = url.split("/backups?");
  const sas = `BlobEndpoint=${endpoint};SharedAccessSignature=${signature}`;
  const words = ["upload", join(folder, "Sales"), "--database", "BySas", "--api", api.url, "--connection", sas];
  const { exitCode, err } = await ferry(words);
  assert.deepEqual([exitCode, err], [0, ""]);
  assert.ok((await blobNames()).includes("BySas/full_1.bak"));
});

describe("a blob of the same name", () => {
  const uploadOne = (database: string, ...words: string[]) =>
    upload(join(folder, "One"), "--database", database, ...words);
  const blobOf = (database: string, name = "full.bak") => container.getBlockBlobClient(`${database}/${name}`);
  const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/valid/${name}.bak`, import.meta.url));
  const inFolder = (bytes: Uint8Array | string, name = "full.bak") => {
    rmSync(join(folder, "One"), { recursive: true, force: true });
    mkdirSync(join(folder, "One"));
    writeFileSync(join(folder, "One", name), bytes);
  };

  test("with another backup in it is not replaced, and nothing is registered", async () => {
    api = await fakeApi(() => REGISTERED);
    inFolder(fixture("full"));
    const other = fixture("compressed");
    await blobOf("OrdersTaken").uploadData(other);
    const { exitCode, err } = await uploadOne("OrdersTaken");
    assert.equal(exitCode, 3);
    assert.match(err, /OrdersTaken\/full\.bak \(.* there, .* here\)\nGive the files other names, or .*--overwrite/);
    assert.ok((await blobOf("OrdersTaken").downloadToBuffer()).equals(other));
    assert.equal(api.asked.length, 0);
  });

  test("is replaced when that is asked for", async () => {
    api = await fakeApi(() => REGISTERED);
    inFolder(fixture("full"));
    await blobOf("OrdersReplaced").uploadData(fixture("compressed"));
    const { exitCode, out } = await uploadOne("OrdersReplaced", "--overwrite");
    assert.equal(exitCode, 0);
    assert.match(out, /uploaded .*full\.bak/);
    assert.ok((await blobOf("OrdersReplaced").downloadToBuffer()).equals(fixture("full")));
  });

  test("with the same backup in it, whoever sent it, is left as it is", async () => {
    api = await fakeApi(() => REGISTERED);
    inFolder(fixture("full"));
    const { etag } = await blobOf("OrdersCopied").uploadData(fixture("full"));
    const { exitCode, out } = await uploadOne("OrdersCopied");
    assert.equal(exitCode, 0);
    assert.match(out, /there already .*full\.bak/);
    assert.equal((await blobOf("OrdersCopied").getProperties()).etag, etag);
  });

  test("of the same length with another stripe, or other bytes that are no backup, is something else", async () => {
    api = await fakeApi(() => REGISTERED);
    for (const [here, there] of [
      [fixture("stripe1Of2"), fixture("stripe2Of2")],
      ["one", "two"],
    ] as const) {
      assert.equal(here.length, there.length);
      inFolder(here);
      await blobOf("OrdersAlike").uploadData(Buffer.from(there));
      assert.equal((await uploadOne("OrdersAlike")).exitCode, 3);
    }
  });

  test("with the same bytes that are no backup is left as it is", async () => {
    api = await fakeApi(() => REGISTERED);
    inFolder("notes");
    await blobOf("Notes").uploadData(Buffer.from("notes"));
    const { exitCode, out } = await uploadOne("Notes");
    assert.equal(exitCode, 0);
    assert.match(out, /there already/);
  });

  test("that somebody else writes during the upload is not replaced", async () => {
    inFolder(fixture("full"));
    api = await fakeApi(async () => {
      await blobOf("OrdersRaced").uploadData(fixture("compressed")); // between the listing and the upload
      return REGISTERED;
    });
    const { exitCode, err } = await uploadOne("OrdersRaced");
    assert.equal(exitCode, 3);
    assert.match(err, /Somebody else wrote OrdersRaced\/full\.bak meanwhile/);
    assert.ok((await blobOf("OrdersRaced").downloadToBuffer()).equals(fixture("compressed")));
  });
});

describe("backups of a database of another name", () => {
  const orders = () => {
    rmSync(join(folder, "One"), { recursive: true, force: true });
    mkdirSync(join(folder, "One"));
    copyFileSync(new URL("../../../fixtures/valid/full.bak", import.meta.url), join(folder, "One", "full.bak"));
    return join(folder, "One");
  };

  test("are neither registered nor sent before a person has confirmed it, and the refusal says how", async () => {
    api = await fakeApi(() => REGISTERED);
    const { exitCode, err } = await upload(orders(), "--database", "Wages");
    assert.equal(exitCode, 3);
    assert.match(err, /All backups in .* are of the database "Orders", and --database says "Wages"\. Nothing was sent/);
    assert.match(err, /--source-database "Orders"/);
    assert.equal(api.asked.length, 0);
    assert.ok(!(await blobNames()).some((name) => name.startsWith("Wages/")));
  });

  test("go where they are meant to go once the name is said, which registers it as well", async () => {
    api = await fakeApi(() => REGISTERED);
    const { exitCode } = await upload(orders(), "--database", "Wages", "--source-database", "Orders");
    assert.equal(exitCode, 0);
    assert.deepEqual(api.asked[0]?.body, {
      source: { folder: "Wages", databaseName: "Orders" },
      target: { databaseName: "Wages" },
    });
  });

  test("are taken for meant on a terminal after a yes, and not without", {
    skip: hasTerminal ? false : "no script(1)",
  }, async () => {
    const words = ["upload", orders(), "--database", "Typed", "--connection", azurite.connectionString];
    for (const [typed, code] of [
      ["no\n", 3],
      ["yes\n", 0],
    ] as const) {
      api = await fakeApi(() => REGISTERED);
      const { exitCode, out } = await ferryOnTerminal([...words, "--api", api.url], typed);
      assert.deepEqual([exitCode, api.asked.length > 0], [code, code === 0], out);
      if (code === 3) api.close();
    }
  });
});
