// Tests that the load test counts the files that came through, reports the others, and leaves nothing behind.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { BlobServiceClient } from "@azure/storage-blob";
import { type Stack, startStack } from "../../local/stack.ts";
import { callsBetween } from "./countingProxy.ts";
import type { DroppedFile, Followed } from "./dropAndFollow.ts";
import { parse, runLoad } from "./load.ts";
import { faultsOf, reportOf } from "./report.ts";

describe("a load", () => {
  test("on a local stack of its own is counted to the last file, with what it cost", async () => {
    const { code, out } = await run("--databases", "2", "--logs", "2");
    assert.equal(code, 0, out);
    assert.match(out, /^6 files of 2 databases$/m);
    assert.match(out, /^to the row +6 files, /m);
    assert.match(out, /^to the announcement +6 files, /m);
    const perFile = (what: RegExp): number => Number(what.exec(out)?.[1]);
    const reads = perFile(/^ +([\d.]+) {2}blob GET$/m);
    assert.ok(reads >= 1, out);
    assert.ok(perFile(/^storage calls +([\d.]+) per file$/m) > reads, out); // rows are written, too
    if (process.platform === "linux") assert.doesNotMatch(out, /not available/);
  });

  describe("on one that runs already", () => {
    let stack: Stack;
    before(async () => {
      stack = await startStack();
    });
    after(() => stack?.stop());

    const loaded = async (
      container: string,
      patienceSeconds: number,
      onLine: (line: string) => void = () => undefined,
      interrupted?: AbortSignal,
    ) => {
      const lines: string[] = [];
      const { baseUrl: url, connectionString: storage } = stack;
      const asked = {
        load: { databases: 2, logs: 2, patienceSeconds },
        elsewhere: { url, storage, state: storage, container },
      };
      const print = (line: string): void => {
        lines.push(line);
        onLine(line);
      };
      const isWell = await runLoad(asked, print, interrupted);
      return { isWell, out: lines.join("\n") };
    };
    const leftOver = async () => {
      const { items } = (await (await fetch(`${stack.baseUrl}/api/v1/migrations`)).json()) as {
        items: { state: string }[];
      };
      return items.filter(({ state }) => state !== "canceled").length;
    };

    test("is driven from another process by its addresses alone, and leaves no file and no migration that waits", async () => {
      const { baseUrl: url, connectionString: storage } = stack;
      const { code, out } = await run("--url", url, "--storage", storage, "--databases", "2", "--logs", "2");
      assert.equal(code, 0, out);
      assert.match(out, /^6 files of 2 databases$/m);
      assert.match(out, /^to the announcement +6 files, /m);
      assert.match(out, /^storage calls +not available$/m);
      for await (const { name } of stack.backups.listBlobsFlat()) assert.fail(`${name} was left`);
      assert.equal(await leftOver(), 0);
    });

    test("follows more files of a folder than a page of the API holds", async () => {
      const { baseUrl: url, connectionString: storage } = stack;
      const { code, out } = await run("--url", url, "--storage", storage, "--databases", "1", "--logs", "220");
      assert.equal(code, 0, out);
      assert.match(out, /^to the announcement +221 files, /m);
    });

    test("leaves nothing behind, also when it is interrupted", async () => {
      const interrupting = new AbortController();
      await assert.rejects(
        loaded(
          stack.backups.containerName,
          180,
          (line) => /^Dropping/.test(line) && interrupting.abort(new Error("Enough.")),
          interrupting.signal,
        ),
      );
      for await (const { name } of stack.backups.listBlobsFlat()) assert.fail(`${name} was left`);
      assert.equal(await leftOver(), 0);
    });

    test("is not well when files are dropped where nobody looks, and leaves nothing there either", async () => {
      const other = BlobServiceClient.fromConnectionString(stack.connectionString).getContainerClient("elsewhere");
      await other.create();
      const { isWell, out } = await loaded(other.containerName, 1);
      assert.equal(isWell, false, out);
      assert.match(out, /6 of 6 files were lost/);
      for await (const { name } of other.listBlobsFlat()) assert.fail(`${name} was left`);
      assert.equal(await leftOver(), 0);
    });
  });
});

const run = (...words: string[]): Promise<{ code: number | null; out: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, ["test/load/load.ts", ...words], (_, out, err) =>
      resolve({ code: child.exitCode, out: out + err }),
    );
  });

describe("its figures", () => {
  const file = (more: Partial<DroppedFile>): DroppedFile => ({
    name: "d/a.bak",
    uploadedAt: 1_000,
    rowAt: 1_500,
    announcedAt: 2_000,
    verdict: "selected",
    ...more,
  });
  const of = (...files: DroppedFile[]): Followed => ({ databases: 1, startedAt: 0, files });
  const without = (member: "rowAt" | "announcedAt"): DroppedFile => {
    const { [member]: _, ...rest } = file({});
    return rest;
  };

  const FAULTS: readonly [what: string, followed: Followed, faults: readonly RegExp[]][] = [
    ["nothing is wrong when all came through", of(file({}), file({})), []],
    ["a file without a row is lost", of(without("rowAt"), file({})), [/^1 of 2 files were lost/]],
    ["a file without an event is not announced", of(without("announcedAt")), [/^1 of 1 files were not announced/]],
    [
      "a file that is not in the plan is judged wrongly",
      of(file({ verdict: "rejected" })),
      [/judged wrongly.*rejected/],
    ],
  ];
  for (const [what, followed, faults] of FAULTS)
    test(what, () => {
      const found = faultsOf(followed);
      assert.equal(found.length, faults.length, found.join("\n"));
      for (const [index, fault] of faults.entries()) assert.match(found[index] ?? "", fault);
    });

  test("throughput is counted from the first upload to the last arrival, waits from each upload", () => {
    const files = Array.from({ length: 20 }, (_, n) =>
      file({ uploadedAt: 0, rowAt: 100 * (n + 1), announcedAt: 4_000 }),
    );
    const lines = reportOf(of(...files), {});
    assert.match(lines[2] ?? "", /20 files, 10\.0 a second; after the upload p50 1\.00 s, p95 1\.90 s$/);
    assert.match(lines[3] ?? "", /20 files, 5\.0 a second; after the upload p50 4\.00 s, p95 4\.00 s$/);
    assert.match(lines[4] ?? "", / 2\.0 s to the last row, 4\.0 s to the last announcement$/);
  });

  test("calls and processor time are told for each file, memory as it is", () => {
    const host = { cpuSeconds: 1, startBytes: 2 ** 20, endBytes: 3 * 2 ** 20, peakBytes: 4 * 2 ** 20 };
    const calls = callsBetween({ "blob GET": 5, "blob PUT": 1 }, { "blob GET": 7, "blob PUT": 1, "blob HEAD": 1 });
    const out = reportOf(of(file({}), file({})), { host, calls }).join("\n");
    assert.match(out, /storage calls +1\.50 per file\n +1\.00 {2}blob GET\n +0\.50 {2}blob HEAD\n/);
    assert.match(out, /app and host 500\.0 ms, storage not available/);
    assert.match(out, /1 MiB before, 3 MiB after, 4 MiB at most/);
  });
});

describe("its words", () => {
  const MISTAKES: readonly [words: readonly string[], complaint: RegExp][] = [
    [["--databases", "0"], /^--databases is 0/],
    [["--logs", "ten"], /^--logs is ten/],
    [["--url", "func.example", "--storage", "s"], /^--url is func.example/],
    [["--url", "https://func.example"], /^--storage is missing/],
    [["--url", "https://func.example", "--storage", "https://b.example"], /^--state is missing/],
    [["--storage", "UseDevelopmentStorage=true"], /--url is missing/],
    [["--url", "https://func.example", "--storage", "s", "--app", "."], /^--app is of the local stack/],
  ];
  for (const [words, complaint] of MISTAKES)
    test(`"${words.join(" ")}" is a mistake`, () => {
      assert.throws(
        () => parse(words),
        ({ message }: Error) => complaint.test(message),
      );
    });

  test("tables lie where the backups do, unless something else is said", () => {
    const elsewhere = (...more: string[]) => {
      const asked = parse(["--url", "https://func.example/", "--storage", "backups", ...more]);
      return asked === "help" ? undefined : asked.elsewhere;
    };
    assert.deepEqual(elsewhere(), {
      url: "https://func.example",
      storage: "backups",
      state: "backups",
      container: "backups",
    });
    assert.equal(elsewhere("--state", "tables")?.state, "tables");
  });
});
