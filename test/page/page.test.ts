// Tests that the page sends the right requests and does what a person asks for: the scripts run as they are loaded,
// over an API that the test plays.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { ListLine } from "../../shared/migration/lists/listLine.ts";
import { aGate, aLine, aSource, someDetails, someFiles } from "./support/answers.ts";
import { find, tick, type } from "./support/dom.ts";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const gate = aGate("G4", "G7");
let answers: Record<string, { readonly status: number; readonly body: unknown } | undefined>;
let asked: Asked[] = [];
let isHidden = false;
let isAway = false;

/** What the API's list holds, and when it was written. */
const estate = new Map<string, { readonly line: ListLine; readonly at: number }>();
let time = 0;
const put = (line: ListLine): void => void estate.set(line.migrationId, { line, at: ++time });
/** Migrations that were forgotten, and when. */
const forgotten = new Map<string, number>();
const forget = (migrationId: string): void => {
  estate.delete(migrationId);
  forgotten.set(migrationId, ++time);
};

/** As the API answers: pages of 200 by id; with a token only what was written after it, 304 when nothing was. */
function list(path: string) {
  const query = new URLSearchParams(path.split("?")[1]);
  const [cursor, since] = [query.get("cursor") ?? "", query.get("since")];
  const found = [...estate.values()]
    .filter(({ at }) => since === null || at > Number(since))
    .map(({ line }) => line)
    .filter(({ migrationId }) => migrationId > cursor)
    .sort((a, b) => (a.migrationId < b.migrationId ? -1 : 1));
  const gone = since === null ? [] : [...forgotten].filter(([, at]) => at > Number(since)).map(([id]) => id);
  if (since !== null && found.length + gone.length === 0) return answer(304, undefined);
  const items = found.slice(0, 200);
  return answer(200, {
    items,
    ...(gone.length > 0 && { forgotten: gone }),
    ...(found.length > 200 && { nextCursor: items.at(-1)?.migrationId }),
    ...(cursor === "" && { changeToken: `${time}` }),
  });
}

const answer = (status: number, body: unknown) => ({ status, body });
const posts = () => asked.filter(({ method }) => method === "POST");
const main = () => find(document, "#main");
const seen = (selector: string) => find(document, selector).textContent;

/** The page looks at once when its tab becomes visible; the answers arrive as promises. */
async function look(): Promise<void> {
  document.dispatchEvent(new Event("visibilitychange"));
  await settled();
}

/** Waits for promises that are already resolved: a number of turns, not a time. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate();
}

/** Makes thirty looks, the last of which reads the whole list. */
async function readAllAnew(): Promise<void> {
  for (let looks = 0; looks < 30; looks++) await look();
}

const aLineOf = (index: number): ListLine => ({
  ...aLine({ migrationId: `db-${index}`, state: "restoring" }),
  target: { vm: "SQLVM-07", databaseName: `Database ${index}` },
});

async function open(address: string): Promise<void> {
  location.hash = address;
  window.dispatchEvent(new Event("hashchange"));
  await settled();
}

async function press(name: string, place: ParentNode = document): Promise<void> {
  const button = [...place.querySelectorAll("button")].find(({ textContent }) => textContent === name);
  assert.ok(button && !button.disabled, `${name} can be pressed`);
  button.click();
  await settled();
}

const dialog = () => find<HTMLDialogElement>(document, "dialog");
const isOpen = () => document.querySelector("dialog") !== null;
const mayGoOn = () => !find<HTMLButtonElement>(dialog(), ".primary").disabled;
const send = async () => {
  find<HTMLFormElement>(dialog(), "form").dispatchEvent(new Event("submit", { cancelable: true }));
  await settled();
};

before(async () => {
  Object.defineProperty(document, "hidden", { get: () => isHidden });
  window.scrollTo = () => {};
  globalThis.fetch = async (url, { method = "GET", headers, body } = {}) => {
    const path = String(url);
    if (isAway) throw new TypeError("nobody there");
    asked.push({ method, path, headers: headers as Record<string, string>, body: body && JSON.parse(String(body)) });
    const given = answers[path] ?? (/^api\/v1\/migrations(\?|$)/.test(path) ? list(path) : undefined);
    if (!given) throw new TypeError("nobody there");
    if (given.status === 304) return new Response(null, { status: 304 });
    return new Response(JSON.stringify(given.body), { status: given.status });
  };
  answers = {};
  await import("../../shared/page/assets/page.js");
});
beforeEach(async () => {
  answers = {
    "api/v1/migrations/sales-1": answer(200, someDetails({ state: "readyForCutover", gate: aGate("G7") })),
    "api/v1/migrations/sales-1/files?order=newest": answer(200, { items: someFiles() }),
  };
  estate.clear();
  put(aLine());
  await readAllAnew();
  document.querySelector("dialog")?.remove();
  await open("#/");
  asked = [];
});
after(() => {
  isHidden = true;
});

describe("the page", () => {
  test("lists every migration, however many pages the API answers with, and from then on asks only for what has changed", async () => {
    for (let index = 0; index < 8_000; index++) put(aLineOf(index));
    await readAllAnew();
    const pages = asked.splice(0).filter(({ path }) => !path.includes("since"));
    assert.equal(pages.length, 41, "8,001 lines, 200 a page");
    assert.equal(main().querySelectorAll("tbody a").length, 200);
    assert.match(seen("#main"), /The first 200 of 8001 migrations are shown/);
    await look();
    put({ ...aLineOf(4_711), state: "failed" });
    await look();
    assert.equal(asked.length, 2, "a request for each look");
    assert.ok(asked.every(({ path, headers }) => path.includes("?since=") && headers["if-none-match"] !== undefined));
    assert.equal(find(document, ".group").textContent, "Needs you 1");
    assert.equal(find(document, "tbody a").getAttribute("href"), "#/migrations/db-4711");
    assert.equal(main().querySelectorAll("tbody a").length, 200);
    type(find<HTMLInputElement>(main(), "[data-filter=list]"), "database 7999");
    assert.equal(find(document, "tbody a").getAttribute("href"), "#/migrations/db-7999");
    assert.equal(main().querySelectorAll("tbody a").length, 1);
    assert.equal(asked.length, 2, "a filter asks nobody");
  });

  test("draws nothing anew while nothing has changed", async () => {
    const link = find(document, "tbody a");
    link.textContent = "as it was drawn";
    await look();
    assert.equal(find(document, "tbody a").textContent, "as it was drawn");
    put(aLine({ state: "restoring" }));
    await look();
    assert.equal(find(document, "tbody a").textContent, "Sales");
  });

  test("forgets what somebody has forgotten at its next look", async () => {
    put(aLine({ migrationId: "sales-2" }));
    await look();
    assert.equal(main().querySelectorAll("tbody a[href$=sales-2]").length, 1);
    forget("sales-2");
    await look();
    assert.equal(main().querySelectorAll("tbody a[href$=sales-2]").length, 0);
  });

  test("forgets what is there no more: at once when it is told so, and otherwise when it reads the whole list again", async () => {
    put(aLine({ migrationId: "sales-2" }));
    await look();
    estate.clear();
    await look();
    assert.equal(main().querySelectorAll("tbody a").length, 2);
    answers["api/v1/migrations/sales-2"] = answer(404, { title: "There is nothing of this name." });
    await open("#/migrations/sales-2");
    await open("#/");
    assert.equal(main().querySelectorAll("tbody a").length, 1);
    await readAllAnew();
    assert.match(seen("#main"), /No migration yet/);
  });

  test("reads the whole list again when the API does not know its token any more", async () => {
    answers[`api/v1/migrations?since=${time}`] = answer(400, { title: "The request is not understood." });
    await look();
    assert.match(seen("#main .notice"), /not understood/);
    await look();
    assert.equal(main().querySelectorAll("tbody a").length, 1);
  });

  test("asks the API for files that are not among the newest, as somebody types", async () => {
    await open("#/migrations/sales-1");
    const older = someFiles().map((file) => ({ ...file, name: file.name.replace("/", "/older ") }));
    answers["api/v1/migrations/sales-1/files?order=newest&q=older%20full"] = answer(200, { items: older });
    type(find<HTMLInputElement>(main(), "[data-filter=files]"), " older full");
    assert.match(seen("[data-key=files]"), /No file matches/);
    await look();
    assert.equal(main().querySelectorAll("[data-key=files] tbody tr").length, 1);
  });

  test("shows one migration by its address, and names it in the title", async () => {
    await open("#/migrations/sales-1");
    assert.equal(seen("#main h1"), "Sales");
    assert.equal(document.title, "Ready for cutover: Sales – sqlferry");
    assert.equal(main().querySelectorAll("[data-key=files] tbody tr").length, 2);
  });

  test("tells a change of state once", async () => {
    put(aLine({ state: "restoring" }));
    await look();
    assert.equal(seen("#announcer"), "Sales: Restoring.");
    find(document, "#announcer").textContent = "";
    await look();
    assert.equal(seen("#announcer"), "");
  });

  test("keeps what it shows while nobody answers, and says so", async () => {
    isAway = true;
    await look();
    assert.match(seen("#connection"), /^Not connected; trying again\. What you see is from /);
    assert.equal(main().querySelectorAll("tbody a").length, 1);
    isAway = false;
    await look();
    assert.equal(seen("#connection"), "");
  });

  test("shows what the API refuses in the API's words, and how to sign in again without any", async () => {
    answers["api/v1/migrations/sales-1"] = answer(404, {
      title: "There is nothing of this name.",
      detail: "Look at the list.",
    });
    await open("#/migrations/sales-1");
    assert.match(seen("#main .notice"), /nothing of this name\.Look at the list\./);
    answers["api/v1/migrations/sales-1"] = answer(401, "no problem");
    await look();
    assert.match(seen("#main .notice"), /Reload the page to sign in again/);
  });

  test("filters what it shows as somebody types, and forgets it elsewhere", async () => {
    type(find<HTMLInputElement>(main(), "[data-filter=list]"), "nothing like it");
    assert.match(seen("#main"), /No migration matches/);
    await open("#/migrations/sales-1");
    await open("#/");
    assert.equal(main().querySelectorAll("tbody a").length, 1);
  });
});

describe("an action", () => {
  test("cuts over the plan that was seen, once the source is closed and the name is typed", async () => {
    await open("#/migrations/sales-1");
    await press("Cut over");
    assert.ok(!mayGoOn());
    tick(find<HTMLInputElement>(dialog(), "#closed"));
    assert.ok(!mayGoOn());
    type(find<HTMLInputElement>(dialog(), "#typed"), "Sales");
    assert.ok(mayGoOn());
    answers["api/v1/migrations/sales-1/cutover"] = answer(202, { detail: "The cutover is noted." });
    await send();
    const [post, ...more] = posts();
    assert.deepEqual(more, []);
    assert.equal(post?.path, "api/v1/migrations/sales-1/cutover");
    assert.deepEqual(post?.body, { sourceClosed: true });
    assert.equal(post?.headers["if-match"], `"${someDetails().planVersion}"`);
    assert.ok(!isOpen());
    assert.equal(seen("#announcer"), "The cutover is noted.");
  });

  test("that is refused says every reason and may be sent again", async () => {
    await open("#/migrations/sales-1");
    await press("Cancel…");
    type(find<HTMLInputElement>(dialog(), "#reason"), " wrong folder ");
    const others = [{ detail: "Second." }];
    answers["api/v1/migrations/sales-1/cancel"] = answer(409, {
      title: "No.",
      detail: "First.",
      alsoRefusedFor: others,
    });
    await send();
    assert.equal(find(dialog(), "[role=alert]").textContent, "No.First.Second.");
    answers["api/v1/migrations/sales-1/cancel"] = undefined;
    await send();
    assert.match(find(dialog(), "[role=alert]").textContent, /did not answer.*asking twice does no harm/);
    answers["api/v1/migrations/sales-1/cancel"] = answer(202, { detail: "Noted." });
    await send();
    assert.deepEqual(
      posts().map(({ body }) => body),
      Array(3).fill({ reason: "wrong folder" }),
    );
    assert.ok(!isOpen());
  });

  test("forces a cutover with a reason and the name, naming what does not hold", async () => {
    answers["api/v1/migrations/sales-1"] = answer(200, someDetails({ state: "restoring", gate }));
    await open("#/migrations/sales-1");
    await press("Force…");
    assert.match(dialog().textContent, /Sold after noon\..*G4 condition G4: observed for G4.*G7 /);
    type(find<HTMLInputElement>(dialog(), "#typed"), "Sales");
    assert.ok(!mayGoOn());
    type(find<HTMLInputElement>(dialog(), "#reason"), "the disk is lost");
    assert.ok(mayGoOn());
    answers["api/v1/migrations/sales-1/cutover"] = answer(202, { detail: "Noted." });
    await send();
    const [post] = posts();
    assert.deepEqual(post?.body, { sourceClosed: false, force: true, reason: "the disk is lost" });
    assert.equal(post?.headers["if-match"], `"${someDetails().planVersion}"`);
  });

  test("resumes what stands still", async () => {
    const stalled = { what: "LookAtRestore failed.", since: "2025-11-24T20:55:00.000Z" };
    answers["api/v1/migrations/sales-1"] = answer(200, someDetails({ state: "restoring", stalled }));
    await open("#/migrations/sales-1");
    await press("Resume…");
    assert.match(dialog().textContent, /LookAtRestore failed/);
    answers["api/v1/migrations/sales-1/resume"] = answer(202, aLine({ state: "restoring" }));
    await send();
    assert.deepEqual(
      posts().map(({ path, body }) => [path, body]),
      [["api/v1/migrations/sales-1/resume", {}]],
    );
    assert.ok(!isOpen());
    assert.equal(seen("#announcer"), "The request is noted.");
  });

  test("acknowledges the finding that was seen, with a reason", async () => {
    const source = aSource();
    const seen = source.findings.find(({ check }) => check === "S10");
    answers["api/v1/migrations/sales-1"] = answer(200, someDetails({}, undefined, source));
    await open("#/migrations/sales-1");
    await press("Acknowledge S10…");
    assert.match(dialog().textContent, /Acknowledge S10 TDE certificate\?.*encrypted by TdeCert.*refuses no start/);
    assert.ok(!mayGoOn());
    type(find<HTMLInputElement>(dialog(), "#reason"), "it is on the VM");
    answers["api/v1/migrations/sales-1/findings/S10/acknowledge"] = answer(200, { detail: "S10 is acknowledged." });
    await send();
    assert.deepEqual(
      posts().map(({ body }) => body),
      [{ reason: "it is on the VM", fingerprint: seen?.fingerprint }],
    );
    assert.ok(!isOpen());
    assert.equal(find(document, "#announcer").textContent, "S10 is acknowledged.");
  });

  test("that somebody thinks better of sends nothing", async () => {
    await open("#/migrations/sales-1");
    await press("Cut over");
    await press("Not now", dialog());
    assert.ok(!isOpen());
    assert.deepEqual(posts(), []);
  });
});
