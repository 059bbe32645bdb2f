// Tests that every orchestration ends as it must when the host is killed again and again, at any moment.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { BlobServiceClient } from "@azure/storage-blob";
import { openDatabase } from "../../local/host/database.ts";
import { CRASHED } from "../../local/host/faultInjection.ts";
import { type OrchestrationClient, orchestrationClient } from "./support/orchestrations.ts";
import {
  appDir,
  freePorts,
  type HostProcess,
  notesIn,
  removeDir,
  spawnHost,
  startAzurite,
  temporaryDir,
  until,
  untilRunning,
} from "./support/processes.ts";

const dir = temporaryDir();
after(() => removeDir(dir));

/** Asks again while the host is down; for calls that may be repeated. */
const patiently = <Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer> =>
  until(what, () =>
    ask().then(
      (answer) => ({ answer }),
      () => undefined,
    ),
  ).then(({ answer }) => answer);

const rowsIn = (dataDir: string, table: "inbox" | "work" | "deliveries"): number => {
  const db = openDatabase(dataDir);
  try {
    return db.get<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`)?.rows ?? -1;
  } finally {
    db.close();
  }
};

describe("a host in fault mode", () => {
  it("ends its process at a crash point with code 86, and the next one goes on", async () => {
    const flags = ["--data", join(dir, "faulty"), "--app", appDir("orchestrations")];
    const env = { NOTES: join(dir, "faulty-notes"), FACTS: dir };
    const [port = 0] = await freePorts(1);
    const first = spawnHost(port, [...flags, "--faults", "7:none,crashStartCommitted=1"], env);
    await untilRunning(first);
    await assert.rejects(orchestrationClient(port).start("FansOut", "fan", { width: 3, ms: 1 }));
    assert.equal(await first.exited, CRASHED);
    assert.match(first.output(), /The same again: --faults 7:/);
    const second = spawnHost(port, flags, env);
    await untilRunning(second);
    assert.deepEqual((await orchestrationClient(port).end("fan")).output, { sum: 3, inOrder: true });
    await second.kill("SIGTERM");
  });
});

describe("a host that is killed", () => {
  it("loses no result and no event, ends every orchestration right, and leaves no work over", async () => {
    const data = join(dir, "orchestrations");
    const notes = join(dir, "notes");
    const facts = 20;
    const [port = 0] = await freePorts(1);
    const env = { NOTES: notes, FACTS: dir };
    const start = async (): Promise<HostProcess> => {
      const host = spawnHost(port, ["--data", data, "--app", appDir("orchestrations")], env);
      await untilRunning(host);
      return host;
    };
    const client = orchestrationClient(port);
    let host = await start();
    for (let n = 0; n < 4; n++) await client.start("Steps", `steps-${n}`, { steps: 25 });
    await client.start("FansOut", "fan", { width: 60, ms: 150 });
    await client.start("Retries", "retries", { failures: 1, attempts: 9 });
    await client.start("SeveralEvents", "events");
    for (const id of ["story-a", "story-b"]) await client.start("TwoWatches", id, { wanted: facts });
    await client.raise("events", "Word", { word: "one" });
    const waking = Promise.all(["story-a", "story-b"].map((id) => tell(client, id, facts)));

    for (let kill = 0; kill < 4; kill++) {
      const looks = notesIn(notes).length;
      await until("some progress", async () => notesIn(notes).length > looks + 5 + kill * 7);
      await host.kill("SIGKILL");
      host = await start();
      if (kill === 1) for (const word of ["two", "three"]) await client.raise("events", "Word", { word });
    }
    await client.raise("events", "Other", { last: true });

    await waking;
    for (let n = 0; n < 4; n++)
      assert.deepEqual((await client.end(`steps-${n}`)).output, {
        done: Array.from({ length: 25 }, (_, step) => step),
      });
    assert.deepEqual((await client.end("fan")).output, { sum: 1770, inOrder: true });
    assert.equal((await client.end("retries")).runtimeStatus, "Completed");
    assert.deepEqual((await client.end("events")).output, { seen: ["one", "two", "three"], other: { last: true } });
    for (const id of ["story-a", "story-b"])
      assert.deepEqual((await client.end(id)).output, { one: { facts }, two: { facts } });
    await host.kill("SIGTERM");
    assert.deepEqual([rowsIn(data, "inbox"), rowsIn(data, "work")], [0, 0]);
    const runs = notesIn(notes).filter(({ what }) => what === "work").length;
    assert.ok(runs >= 160 && runs < 320, `activities ran ${runs} times for 160 results`);
  });

  /** Writes facts and wakes the watches, whether the host is up or not; each fact is written before its wake-up. */
  async function tell(client: OrchestrationClient, id: string, facts: number): Promise<void> {
    for (const round of [1, 2]) {
      const watch = `${id}-Watch-${round}`;
      await patiently(watch, async () => assert.equal(await client.statusCode(watch), 202));
      for (let n = 0; n < facts; n++) {
        writeFileSync(join(dir, `${watch}.${n}`), "");
        const answer = await patiently("the wake-up", () => client.raise(watch, "Wake", {}));
        assert.ok([202, 410].includes(answer), `${answer}`); // 410: it has seen the last fact already
      }
    }
  }

  it("works on the blob events that it had accepted", async () => {
    const azurite = await startAzurite();
    const notes = join(dir, "blob-notes");
    const data = join(dir, "blobs");
    const gate = join(dir, "gate");
    const env = { Backups: azurite.connectionString, NOTES: notes, GATE: gate };
    const flags = ["--data", data, "--app", appDir("everything"), "--system-key", "key"];
    const [port = 0] = await freePorts(1);
    try {
      const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient("inbox");
      await container.createIfNotExists();
      let host = spawnHost(port, flags, env);
      await untilRunning(host);
      const names = Array.from({ length: 6 }, (_, n) => `gated-${n}.bak`);
      const events = await Promise.all(
        names.map(async (name) => {
          await container.getBlockBlobClient(name).upload("x", 1);
          return { data: { url: container.getBlobClient(name).url } };
        }),
      );
      const answer = await fetch(
        `http://127.0.0.1:${port}/runtime/webhooks/blobs?functionName=Host.Functions.OnBlob&code=key`,
        {
          method: "POST",
          headers: { "aeg-event-type": "Notification" },
          body: JSON.stringify(events),
        },
      );
      assert.equal(answer.status, 202);
      await host.kill("SIGKILL");
      assert.deepEqual(
        notesIn(notes).filter(({ what }) => what === "blob"),
        [],
      );
      writeFileSync(gate, "");
      host = spawnHost(port, flags, env);
      await untilRunning(host);
      const seen = () => new Set(notesIn(notes).flatMap(({ what, BlobName }) => (what === "blob" ? [BlobName] : [])));
      await until("six blobs", async () => seen().size === names.length);
      await host.kill("SIGTERM");
      assert.equal(rowsIn(data, "deliveries"), 0);
    } finally {
      await azurite.stop();
    }
  });
});
