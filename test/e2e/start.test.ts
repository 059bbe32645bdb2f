// Tests that the README's first steps work: npm start, the examples, ferry upload, Ctrl-C, and another start on the
// same data.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { PORT_FLAGS } from "../../local/arguments.ts";
import { sourceDatabase } from "../../local/backups/history.ts";
import { freePorts } from "../../local/ports.ts";
import { ferry } from "../unit/ferry/run.ts";
import { clientOf } from "./support/client.ts";
import { needsOwnStack } from "./support/elsewhere.ts";

const START = fileURLToPath(new URL("../../local/start.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sqlferry-start-"));
const flagNames = Object.keys(PORT_FLAGS);
const ports = await freePorts(flagNames.length);
const flags = [...flagNames.flatMap((flag, index) => [`--${flag}`, `${ports[index]}`]), "--data", join(folder, "data")];
const baseUrl = `http://localhost:${ports[flagNames.indexOf("port")]}`;

let running: ChildProcess | undefined;
after(async () => {
  await end("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `npm start`'s script and gathers what it prints. */
function start(more: readonly string[] = []): { readonly printed: () => string; readonly exited: Promise<unknown[]> } {
  running = spawn(process.execPath, [START, ...flags, ...more], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [running.stdout, running.stderr]) stream?.on("data", (chunk) => (text += chunk));
  return { printed: () => text, exited: once(running, "exit") };
}

async function end(signal: NodeJS.Signals): Promise<number | null> {
  const child = running;
  running = undefined;
  if (!child || child.exitCode !== null) return child?.exitCode ?? null;
  child.kill(signal);
  const [exitCode] = await once(child, "exit");
  return exitCode;
}

/** The settings of `ferry` for other ports than the usual ones, from the two lines that npm start prints. */
function ferrySettings(printed: string): Record<string, string> {
  const [, api = "", backups = ""] = /SQLFERRY_API="([^"]+)" SQLFERRY_BACKUPS="([^"]+)"/.exec(printed) ?? [];
  return { SQLFERRY_API: api, SQLFERRY_BACKUPS: backups };
}

const { api, until, idOf, reaches, details, events } = clientOf({ baseUrl });

test("the three examples: one completes by itself, one becomes ready, one says which log is missing; the next start goes on from there", {
  skip: needsOwnStack,
}, async () => {
  const first = start();
  await until("it says that it runs", async () => first.printed().includes("Ctrl-C stops everything."));

  const [orders, customers, inventory] = [await idOf("Orders"), await idOf("Customers"), await idOf("Inventory")];
  await reaches(orders, "succeeded");
  await reaches(customers, "readyForCutover");
  const broken = await until("the gap is found", async () => {
    const now = await details(inventory);
    return now.gaps?.length === 1 && now;
  });
  const [gap] = broken.gaps;
  assert.match(gap.fromLsn, /^\d+$/);
  assert.ok(BigInt(gap.fromLsn) < BigInt(gap.toLsn));
  assert.notEqual(gap.healedBy[0], "");
  for (const said of [
    /Orders +succeeded/,
    /Customers +readyForCutover/,
    new RegExp(`from LSN ${gap.fromLsn} to ${gap.toLsn}`),
  ])
    await until(`${said} is printed`, async () => said.test(first.printed()));

  const [, password = "", assess = ""] = /FERRY_SQL_PASSWORD=(\S+) npx ferry (assess .+)\n/.exec(first.printed()) ?? [];
  const assessed = await ferry(assess.split(" "), { FERRY_SQL_PASSWORD: password });
  assert.equal(assessed.exitCode, 2, assessed.err);
  assert.match(assessed.out, /BLOCKS {2}S10 TDE certificate/);

  const told = (await events(orders)).length;
  assert.equal(await end("SIGINT"), 0);
  assert.match(first.printed(), /Stopped\. The next npm start goes on here\.\n$/);

  const second = start();
  await until("it runs again", async () => second.printed().includes("Ctrl-C stops everything."));
  await until("the page is back", async () => (await details(orders)).state === "succeeded");
  assert.equal((await details(customers)).state, "readyForCutover");
  assert.equal((await events(orders)).length, told, "nothing is told twice");
  assert.doesNotMatch(second.printed(), /Dropped/);
});

test("ferry upload registers and uploads; list, show and cutover speak of the same migrations", {
  skip: needsOwnStack,
}, async () => {
  await end("SIGINT");
  const stack = start(["--no-examples"]);
  await until("it runs again", async () => stack.printed().includes("Ctrl-C stops everything."));
  const env = ferrySettings(stack.printed());
  const source = sourceDatabase({ name: "Sales", startedAt: "2025-11-24T21:00:00" });
  const backups = join(folder, "backups");
  for (const { fileName, bytes } of [source.full({ stripes: 2 }), source.log()].flatMap(({ files }) => files)) {
    mkdirSync(join(backups, fileName.slice(-6)), { recursive: true }); // stripes often lie in folders of their own
    writeFileSync(join(backups, fileName.slice(-6), fileName), bytes);
  }

  const uploaded = await ferry(["upload", backups, "--database", "Sales", "--mode", "offline"], env);
  assert.equal(uploaded.exitCode, 0, uploaded.err);
  await reaches(await idOf("Sales"), "succeeded");

  const shown = await ferry(["show", "Customers"], env);
  assert.match(shown.out, /state +readyForCutover/);
  const open = await ferry(["cutover", "Customers", "--yes"], env);
  assert.equal(open.exitCode, 3, "the source is not closed");
  assert.match(open.err, /Cutting over now loses everything after/);
  const cutOver = await ferry(["cutover", "Customers", "--yes", "--source-closed", "--wait"], env);
  assert.equal(cutOver.exitCode, 0, cutOver.err);
  assert.match(cutOver.out, /The database is online on the target/);
  const list = await ferry(["list"], env);
  assert.match(list.out, /Customers.*succeeded/);
  assert.equal((await api("GET", "/")).status, 200, "the page is there");
});

test("a port that somebody else has is named, with the flag that chooses another", {
  skip: needsOwnStack,
}, async () => {
  const [taken = 0] = await freePorts(1);
  const server = createServer().listen(taken, "127.0.0.1");
  await once(server, "listening");
  try {
    await end("SIGINT");
    const started = start(["--blob-port", `${taken}`]);
    const [exitCode] = await started.exited;
    assert.equal(exitCode, 1);
    assert.match(started.printed(), new RegExp(`Port ${taken} \\(blobs\\) is taken\\..*--blob-port PORT`));
  } finally {
    server.close();
  }
});
