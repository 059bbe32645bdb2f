// Tests what a reader sees of a migration, and what can be done about it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MigrationDetails } from "../../shared/api/answers/migrations.ts";
import { fileListAnswer } from "../../shared/api/lists/fileList.ts";
import type { MigrationState } from "../../shared/migration/words.ts";
import { detailView } from "../../shared/page/assets/detailView.js";
import { h, update } from "../../shared/page/assets/dom.js";
import { fileTable } from "../../shared/page/assets/fileTable.js";
import { listView } from "../../shared/page/assets/listView.js";
import { full, log, unreadable } from "../support/backupRecords.ts";
import { aSizing } from "../support/sizings.ts";
import { aGate, aLine, aSource, someDetails, someFiles } from "./support/answers.ts";
import { find, placed, textOf, type } from "./support/dom.ts";

const waitingOn = {
  what: "Azure Database Migration Service",
  since: "2025-11-24T20:50:00.000Z",
  code: "AUTHORIZATION_FAILED",
  cause: "The app's identity has no role on the service.",
  remedy: "Give it the role.",
};
const stalled = { what: "LookAtRestore failed: the table answered 500.", since: "2025-11-24T20:55:00.000Z" };
const buttonsIn = (place: ParentNode): string[] =>
  [...place.querySelectorAll<HTMLButtonElement>("[data-action]")].map(
    (button) => `${button.textContent}${button.disabled ? ", disabled" : ""}`,
  );
const detailsOf = (details: MigrationDetails): HTMLElement => placed(detailView(details, { items: [] }, ""));

describe("the list", () => {
  test("says how to begin while there is nothing", () => assert.match(textOf(listView([], "")), /No migration yet/));

  test("shows those that need somebody first, each group by name", () => {
    const place = placed(
      listView(
        [
          aLine({ migrationId: "a", state: "succeeded", target: { sqlVmResourceId: "x/VM", databaseName: "Archive" } }),
          aLine({ migrationId: "z", state: "restoring", target: { sqlVmResourceId: "x/VM", databaseName: "Zoo" } }),
          aLine({ migrationId: "b", state: "restoring", target: { sqlVmResourceId: "x/VM", databaseName: "Bank" } }),
          aLine({ migrationId: "f", state: "failed", target: { sqlVmResourceId: "x/VM", databaseName: "Fleet" } }),
        ],
        "",
      ),
    );
    const rows = [...place.querySelectorAll("tbody th")].map((cell) => (cell.querySelector("a") ?? cell).textContent);
    assert.deepEqual(rows, ["Needs you 1", "Fleet", "Under way 2", "Bank", "Zoo", "Done 1", "Archive"]);
  });

  test("shows files, gaps and where each is restored to", () => {
    const text = textOf(listView([aLine({}, [full(100, 160), log(150, 200), log(250, 300)])], ""));
    for (const part of ["Sales", "from SQL01", "Waiting for backups", "1 gap", "0 of ", "SQLVM-07"])
      assert.ok(text.includes(part), `${part} in ${text}`);
  });

  test("tells a folder without a file from one whose files are of no use", () => {
    assert.match(textOf(listView([aLine({}, [])], "")), /No backups yet/);
    assert.match(textOf(listView([aLine({}, [unreadable("a.bin", "NOT_A_BACKUP")])], "")), /No usable backup/);
  });

  test("holds up nobody for what Azure is slow with, until people are told of it", () => {
    const groupOf = (line: ReturnType<typeof aLine>) => find(placed(listView([line], "")), ".group").textContent;
    assert.equal(groupOf(aLine({ state: "queued", waitingOn })), "Under way 1");
    assert.equal(
      groupOf(aLine({ state: "queued", waitingOn: { ...waitingOn, toldAt: waitingOn.since } })),
      "Needs you 1",
    );
    assert.equal(groupOf(aLine({ state: "restoring", stalled })), "Needs you 1");
    assert.equal(groupOf(aLine({ state: "restoring" }, [full(100, 160), log(250, 300)])), "Needs you 1", "a gap");
  });

  test("shows the first two hundred of many, those that need somebody first, with the count of each group", () => {
    const lines = Array.from({ length: 250 }, (_, index) =>
      aLine({ migrationId: `m-${index}`, state: index < 30 ? "failed" : index < 240 ? "restoring" : "succeeded" }),
    );
    const place = placed(listView(lines, ""));
    assert.equal(place.querySelectorAll("tbody a").length, 200);
    const groups = [...place.querySelectorAll(".group")].map((one) => one.textContent);
    assert.deepEqual(groups, ["Needs you 30", "Under way 210"]);
    assert.match(place.textContent, /The first 200 of 250 migrations are shown\. Filter to see others\./);
    assert.doesNotMatch(textOf(listView(lines.slice(0, 200), "")), /are shown/);
  });

  test("is filtered by name, state, and by what a migration waits for", () => {
    const lines = [aLine({ state: "queued", waitingOn }), aLine({ migrationId: "b", state: "restoring", stalled })];
    const shown = (filter: string) => placed(listView(lines, filter)).querySelectorAll("tbody a").length;
    assert.equal(shown(" SALES "), 2);
    assert.equal(shown("migration service"), 1);
    assert.equal(shown("stands still"), 1);
    assert.match(textOf(listView(lines, "nowhere")), /No migration matches/);
  });
});

describe("one migration", () => {
  test("has words of its own in every state", () => {
    const states: Record<MigrationState, string> = {
      draft: "Draft",
      waitingForChain: "Waiting for backups",
      preflightFailed: "Preflight failed",
      preflighting: "Preflight",
      queued: "Queued",
      starting: "Starting",
      restoring: "Restoring",
      readyForCutover: "Ready for cutover",
      cuttingOver: "Cutting over",
      succeeded: "Succeeded",
      failed: "Failed",
      canceling: "Canceling",
      canceled: "Canceled",
    };
    const about = Object.entries(states).map(([state, word]) => {
      const title = find(detailsOf(someDetails({ state: state as MigrationState })), ".title");
      assert.equal(find(title, ".badge").textContent, word);
      return find(title, "p").textContent;
    });
    assert.ok(about.every((sentence) => sentence.length > 20));
  });

  test("in a state that the page does not know is shown as it came", () => {
    const details = someDetails({ state: "napping" as MigrationState });
    assert.equal(find(detailsOf(details), ".title .badge").textContent, "napping");
  });

  test("that waits for something outside says for what, since when, why, and what mends it", () => {
    const notice = find(detailsOf(someDetails({ state: "queued", waitingOn })), ".notice").textContent;
    for (const part of [waitingOn.what, "2025-11-24 20:50:00 UTC", waitingOn.cause, waitingOn.remedy, waitingOn.code])
      assert.ok(notice.includes(part), `${part} in ${notice}`);
  });

  test("that stands still says why, and may be resumed or canceled", () => {
    const place = detailsOf(someDetails({ state: "restoring", mode: "offline", stalled }));
    assert.match(find(place, ".notice").textContent, /LookAtRestore failed.*Nothing was canceled/);
    assert.deepEqual(buttonsIn(place), ["Resume…", "Cancel…"]);
  });

  test("that failed says why and what to do", () => {
    const failure = { code: "E1", message: "It failed.", cause: "The disk is full.", remedy: "Make room." };
    const text = find(detailsOf(someDetails({ state: "failed", failure })), ".notice.bad").textContent;
    assert.equal(text, "It failed.The disk is full.Make room.E1");
  });

  test("that succeeded over an open source, or was forced, says what is not on the target, by whom and why", () => {
    const requests = [
      {
        kind: "start",
        requestId: "w",
        run: 1,
        by: "Dana",
        at: "2025-11-24T20:55:00.000Z",
        planVersion: "p",
        chainWasComplete: true,
        forced: { reason: "The tail is empty.", passedOver: ["0123456789ab"] },
        passedOverFiles: ["Sales/torn.trn"],
        outcome: { status: "done", at: "t", detail: "d" },
      },
    ] as const;
    const place = detailsOf({ ...someDetails({ state: "succeeded", mode: "offline" }), requests });
    const [open, forced] = [...place.querySelectorAll(".notice")].map((notice) => notice.textContent);
    assert.match(open ?? "", /Not everything of the source is on the target.*Sold after noon/);
    assert.match(forced ?? "", /Start forced by Dana.*The tail is empty\..*torn\.trn.*2025-11-24 20:55:00 UTC/);
    assert.ok(!detailsOf(someDetails({ state: "restoring" })).querySelector(".notice"));
  });

  test("with a gap says which range is missing between which files, and what heals it", () => {
    const records = [
      full(100, 160, { file: "full.bak" }),
      log(150, 200, { file: "a.trn" }),
      log(250, 300, { file: "c.trn" }),
    ];
    const notice = find(detailsOf(someDetails({}, records)), ".notice");
    assert.match(notice.textContent, /missing between .*a\.trn and before c\.trn: LSN 200 to 250\./);
    assert.ok(notice.querySelectorAll(".remedy li").length > 0);
  });

  test("names each file that cannot be used and may be newer than the plan", () => {
    const files = ["a", "b", "c", "d", "e", "f"].map((name) => ({
      file: `Sales/${name}.trn`,
      reason: "TRUNCATED" as const,
    }));
    const withFiles = (count: number) => ({ ...someDetails(), unusableNewer: files.slice(0, count) });
    const one = find(detailsOf(withFiles(1)), ".notice.bad").textContent;
    assert.match(one, /^1 file that may be newer than the plan cannot be used.*ends with log\.trn;.*a\.trn TRUNCATED/);
    const six = [...detailsOf(withFiles(6)).querySelectorAll(".notice.bad li")].map((item) => item.textContent);
    assert.deepEqual(six.slice(-2), ["e.trn TRUNCATED", "and 1 more"]);
    assert.ok(!detailsOf(withFiles(0)).querySelector(".notice"));
  });

  test("shows the checks that found something first, opened when one failed", () => {
    const check = {
      id: "P01",
      outcome: "pass",
      source: "ARM",
      observed: "",
      message: "The VM runs.",
      remedy: "",
    } as const;
    const failed = { ...check, id: "P02", outcome: "fail", message: "The VM is off.", remedy: "Start it." } as const;
    const preflight = find<HTMLDetailsElement>(detailsOf(someDetails({ checks: [check, failed] })), "details");
    assert.ok(preflight.open);
    const ids = [...preflight.querySelectorAll("li code")].map((id) => id.textContent);
    assert.deepEqual(ids, ["P02", "P01"]);
    const passed = find<HTMLDetailsElement>(detailsOf(someDetails({ checks: [check] })), "details");
    assert.ok(!passed.open);
  });
});

describe("the size that the source needs", () => {
  const sizing = { ...aSizing({ server: "SRC <b>01" }), publishedAt: "2026-01-06T00:00:00.000Z", publishedBy: "dba" };
  const panelOf = (place: HTMLElement) => find<HTMLDetailsElement>(place, "details[data-key=size]");
  const panel = () => panelOf(detailsOf(someDetails({}, undefined, undefined, sizing)));

  test("shows three options with their disks, a bar for each dimension, and the one that decides", () => {
    const rows = [...panel().querySelectorAll("tbody tr")];
    assert.deepEqual(
      rows.map((row) => find(row, "th").firstChild?.textContent),
      sizing.options.map(({ size }) => size.replace("Standard_", "")),
    );
    for (const row of rows) {
      assert.equal(row.querySelectorAll("meter").length, 6);
      assert.equal(row.querySelectorAll(".decides").length, 1);
      assert.match(row.textContent, /data \d x .*log \d x .*tempdb the VM's local disk/);
    }
    assert.match(find(panel(), "summary").textContent, /carries it, \w+( \w+)? decides; fair/);
  });

  test("shows the need in the course of time, in words for those who do not see the charts", () => {
    const charts = [...panel().querySelectorAll("svg")];
    assert.deepEqual(
      charts.map((chart) => chart.getAttribute("aria-label")?.split(":")[0]),
      ["Cores", "Memory", "IOPS", "Throughput"],
    );
    assert.equal(charts[0]?.getAttribute("aria-label"), "Cores: at most 2, need 2.4");
    assert.equal(charts[0]?.querySelector("polyline")?.getAttribute("points")?.split(" ").length, 24);
  });

  test("says what was not measured, and what has no price", () => {
    const { memoryGib: _, ...need } = sizing.need;
    const options = sizing.options.map(({ month: __, use: { memory: ___, ...use }, ...option }) => ({
      ...option,
      use,
    }));
    const place = panelOf(detailsOf(someDetails({}, undefined, undefined, { ...sizing, need, options })));
    assert.equal(place.querySelectorAll("svg").length, 3);
    assert.match(place.textContent, /Memory: not known/);
    for (const row of place.querySelectorAll("tbody tr")) {
      assert.equal(row.querySelectorAll("meter").length, 5);
      assert.equal(row.querySelectorAll("td")[0]?.textContent, "not known");
    }
  });

  test("takes names for text", () => {
    assert.match(panel().textContent, /Need of SRC <b>01/);
  });

  test("is not there where nothing was published", () => {
    assert.equal(detailsOf(someDetails()).querySelector("[data-key=size]"), null);
  });
});

describe("the source's assessment", () => {
  const withSource = (changes: Parameters<typeof someDetails>[0] = {}, source = aSource()) =>
    detailsOf(someDetails({ state: "waitingForChain", ...changes }, undefined, source));
  const panelOf = (place: HTMLElement) => find<HTMLDetailsElement>(place, "details[data-key=source]");
  const answered = (source = aSource()) => ({
    ...source,
    findings: source.findings.map((finding) => ({
      ...finding,
      acknowledged: { by: "dana", at: "2025-11-24T20:50:00.000Z", reason: "it is on the VM" },
    })),
  });

  test("shows what refuses the start first and open, with what was seen, why, what to do and SQL Server's number", () => {
    const panel = panelOf(withSource());
    assert.ok(panel.open);
    assert.match(find(panel, "summary").textContent, /1 finding refuses the start, 1 to act upon, \d+ unknown/);
    const [first, second] = panel.querySelectorAll("li");
    assert.match(first?.textContent ?? "", /^blocksS10TDE certificate: encrypted by TdeCert0x4F1A.*33111.*CREATE CERT/);
    assert.match(second?.textContent ?? "", /^actS41/);
    assert.match(panel.textContent, /Unknown, which is not fine: .*S02/);
  });

  test("may be acknowledged before the start, and no more once the restore has begun", () => {
    const offered = (place: HTMLElement) => buttonsIn(place).filter((name) => name.startsWith("Acknowledge"));
    assert.deepEqual(offered(withSource()), ["Acknowledge S10…", "Acknowledge S41…"]);
    for (const state of ["preflightFailed", "failed", "canceled"] as const)
      assert.equal(offered(withSource({ state })).length, 2, state);
    for (const state of ["draft", "starting", "restoring", "succeeded"] as const)
      assert.deepEqual(offered(withSource({ state })), [], state);
  });

  test("stays shown once it is acknowledged, with who answers for it and why", () => {
    const panel = panelOf(withSource({}, answered()));
    assert.ok(!panel.open);
    assert.match(find(panel, "li").textContent, /^acknowledged.*by dana at 2025-11-24 20:50:00 UTC: it is on the VM/);
    assert.deepEqual(buttonsIn(panel), []);
  });

  test("says that it was joined by name alone", () => {
    assert.match(
      panelOf(withSource({}, aSource({ isByName: true }))).textContent,
      /names of server and database alone/,
    );
    assert.doesNotMatch(panelOf(withSource()).textContent, /alone/);
  });

  test("is not there where nobody has published one", () => {
    assert.equal(detailsOf(someDetails()).querySelector("[data-key=source]"), null);
  });

  test("holds a migration up on the list until it starts or somebody answers for it", () => {
    const assessed = { server: "S", takenAt: "", isByName: false, blocks: 1, acknowledged: 0, act: 0, unknown: 0 };
    const rowOf = (changes: Parameters<typeof aLine>[0]) => textOf(listView([aLine(changes)], ""));
    assert.match(rowOf({ assessed }), /Needs you 1.*Blocked by its assessment/);
    assert.doesNotMatch(rowOf({ assessed: { ...assessed, blocks: 0 } }), /Blocked|Needs you/);
    assert.doesNotMatch(rowOf({ assessed, state: "restoring" }), /Blocked|Needs you/);
  });
});

describe("the cutover panel", () => {
  const buttons = (changes: Parameters<typeof someDetails>[0]) => buttonsIn(detailsOf(someDetails(changes)));

  test("offers the cutover when everything is met but what the caller confirms", () => {
    for (const gate of [aGate(), aGate("G7")])
      assert.deepEqual(buttons({ state: "readyForCutover", gate }), ["Cut over", "Cancel…"]);
  });

  test("offers no cutover while a condition is not met, and force where force may pass it", () => {
    for (const id of ["G4", "G5", "G6"] as const)
      assert.deepEqual(buttons({ state: "restoring", gate: aGate(id, "G7") }), [
        "Cut over, disabled",
        "Force…",
        "Cancel…",
      ]);
    for (const id of ["G1", "G3", "G8"] as const)
      assert.deepEqual(buttons({ state: "restoring", gate: aGate(id, "G5") }), ["Cut over, disabled", "Cancel…"]);
  });

  test("offers nothing to cut over before the first look, or while it only starts", () => {
    assert.deepEqual(buttons({ state: "restoring" }), ["Cut over, disabled", "Cancel…"]);
    assert.deepEqual(buttons({ state: "starting", gate: aGate() }), ["Cut over, disabled", "Cancel…"]);
  });

  test("leaves only the cancel to who is offline or not yet started, and nothing when it ends", () => {
    assert.deepEqual(buttons({ mode: "offline", state: "restoring", gate: aGate() }), ["Cancel…"]);
    for (const state of ["draft", "waitingForChain", "preflighting", "queued"] as const)
      assert.deepEqual(buttons({ state }), ["Cancel…"]);
    for (const state of ["cuttingOver", "canceling", "succeeded", "failed", "canceled", "preflightFailed"] as const)
      assert.deepEqual(buttons({ state }), [], state);
  });

  test("says what would be lost, and what was found for each condition", () => {
    const panel = find(
      detailsOf(someDetails({ state: "restoring", gate: aGate("G4", "G7") })),
      ".panel .gate",
    ).parentElement;
    const text = panel?.textContent ?? "";
    assert.match(text, /Sold after noon\..*1 file, 977 KB/);
    assert.match(text, /not metG4condition G4observed for G4.*you confirmG7/);
  });
});

describe("the table of files", () => {
  const records = [
    full(100, 160, { file: "full.bak" }),
    log(150, 200, { file: "log.trn" }),
    unreadable("torn.bak", "TRUNCATED"),
  ];
  const newest = fileListAnswer(someFiles(records), { order: "newest", top: 200 });
  const rowsOf = (filter: string) =>
    [...placed([fileTable(newest, 3, filter)]).querySelectorAll("tbody tr")].map((row) => row.textContent);

  test("shows each file's kind, state, verdict, reason, plan place and LSNs; what cannot be read stands first", () => {
    const [torn, last, base, ...others] = rowsOf("");
    assert.deepEqual(others, []);
    assert.match(torn ?? "", /^torn\.bak.*notABackup TRUNCATED/);
    assert.match(last ?? "", /^log\.trnlog, 977 KB.*selected PLAN_LOG.*2 of 2150200/);
    assert.match(base ?? "", /^full\.bakfull, 977 KB.*selected PLAN_FULL.*1 of 2100160/);
  });

  test("is filtered by name, verdict and reason", () => {
    assert.equal(rowsOf("LOG.trn").length, 1);
    assert.equal(rowsOf("truncated").length, 1);
    assert.match(textOf([fileTable(newest, 3, "nothing like it")]), /No file matches the filter/);
    assert.match(textOf([fileTable({ items: [] }, 0, "")]), /No file has arrived yet/);
  });

  test("shows the newest of many, and says that there are others", () => {
    const place = placed([fileTable({ ...newest, nextCursor: "more" }, 8_640, "")]);
    assert.equal(place.querySelectorAll("tbody tr").length, 3);
    assert.match(place.textContent, /Files 8640.*The newest 3 files are shown\. Filter to see others\./);
  });
});

describe("what is shown again", () => {
  test("keeps the reader's focus, text and folds, whatever comes before them", () => {
    const draw = (...names: readonly string[]) =>
      names.map((name) => h("details", { "data-key": name }, h("summary", {}, name), h("input", { type: "text" })));
    const place = document.createElement("main");
    document.body.append(place);
    update(place, draw("a", "b"));
    const input = find<HTMLInputElement>(place, "[data-key=a] input");
    input.focus();
    type(input, "typed");
    find<HTMLDetailsElement>(place, "[data-key=b]").open = true;
    update(place, draw("b", "new", "a"));
    assert.ok(document.activeElement === input);
    assert.equal(input.value, "typed");
    assert.deepEqual(
      [...place.children].map((child) => `${child.textContent} ${(child as HTMLDetailsElement).open}`),
      ["b true", "new false", "a false"],
    );
    update(place, draw("a"));
    assert.equal(place.children.length, 1);
    place.remove();
  });

  test("shows a file's name as text, and what would disguise it as a mark", () => {
    const place = placed([h("bdi", {}, "<b>x</b>\u202etrn.bak")]);
    assert.equal(place.textContent, "<b>x</b>\ufffdtrn.bak");
    assert.ok(!place.querySelector("b"));
  });
});
