// Tests that the terminal reports each change once, in words.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { printProgress, wordsOf } from "../../../local/progress.ts";

test("a state reads as a sentence", () => {
  const line = { migrationId: "m", files: 5, states: { Restored: 3 } };
  assert.match(wordsOf({ ...line, state: "restoring" }), /^restoring +3 of 5 files restored$/);
  assert.match(
    wordsOf({ ...line, state: "readyForCutover", restoredTo: { time: "2025-11-24T21:45:00" } }),
    /to 2025-11-24 21:45:00;/,
  );
  assert.match(
    wordsOf({ ...line, state: "failed", failure: { message: "The log is damaged.", remedy: "Upload it again." } }),
    /damaged\. Upload it again\.$/,
  );
  const waiting = { ...line, state: "waitingForChain" };
  assert.match(wordsOf(waiting), /^waitingForChain +5 files so far$/);
  assert.match(
    wordsOf({ ...waiting, verdict: "restorable", mode: "offline" }),
    /starts with a tail log, or .*ferry start$/,
  );
  assert.match(
    wordsOf({ ...waiting, verdict: "restorable", mode: "offline", unusable: 1 }),
    /cannot be used are replaced or removed/,
  );
  assert.match(wordsOf({ ...waiting, verdict: "mixed" }), /several databases/);
  const failure = { message: "P02 failed.", remedy: "Correct the target id." };
  assert.match(wordsOf({ ...line, state: "preflightFailed", failure }), /P02 failed\. Correct the target id\.$/);
  assert.equal(wordsOf({ migrationId: "m", state: "somethingNew" }), "somethingNew");
});

test("a state is told when it changes, a gap and a refused file once, and a host that is away not at all", async () => {
  const rounds = [503, 200, 200, 200, 200];
  const asked: string[] = [];
  const ending = new AbortController();
  const server = createServer((request, response) => {
    if (request.url === "/api/v1/migrations/m")
      return response.end(
        JSON.stringify({
          gaps: [{ fromLsn: "10", toLsn: "20", healedBy: ["Upload it."] }],
          failure: { message: "The log is damaged.", remedy: "Upload it again." },
        }),
      );
    if (request.url === "/api/v1/migrations/m/files?order=newest")
      return response.end(
        JSON.stringify({
          items: [
            { name: "notes.trn", verdict: "notABackup", reason: "NOT_A_BACKUP", remedy: "Take it out." },
            { name: "old.bak", verdict: "superseded", reason: "OLDER_FULL" },
          ],
        }),
      );
    asked.push(request.url ?? "");
    const round = rounds.shift();
    if (round === undefined) ending.abort();
    response.writeHead(round ?? 503);
    const inventory = { migrationId: "m", source: { folder: "Inventory" }, files: 3, states: { Ignored: 2 }, gaps: 1 };
    const end = { state: "failed", failure: { code: "DAMAGED" } };
    const items = [rounds.length > 0 ? { ...inventory, state: "restoring" } : { ...inventory, ...end }];
    const isFirstPage = request.url === "/api/v1/migrations?";
    return response.end(
      JSON.stringify(isFirstPage ? { items: [], nextCursor: "c", changeToken: "t1" } : { items, changeToken: "t2" }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const printed: string[] = [];
  await printProgress(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    (line) => printed.push(line),
    ending.signal,
  );
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  assert.deepEqual(
    printed.map((line) => line.slice(10)),
    [
      "Inventory    restoring        0 of 3 files restored",
      "Inventory    gap              log backups are missing from LSN 10 to 20. Upload it.",
      "Inventory    not used         notes.trn (NOT_A_BACKUP). Take it out.",
      "Inventory    failed           The log is damaged. Upload it again.",
    ],
  );
  assert.deepEqual(
    asked.map((url) => url.split("?")[1]),
    ["", "", "cursor=c", "since=t1", "since=t2", "since=t2"],
  );
});
