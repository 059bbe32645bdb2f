// Tests how the host starts and stops as a process.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { orchestrationClient } from "./support/orchestrations.ts";
import {
  appDir,
  freePorts,
  listen,
  notesIn,
  removeDir,
  spawnHost,
  temporaryDir,
  until,
  untilRunning,
} from "./support/processes.ts";

const dir = temporaryDir();
after(() => removeDir(dir));
const env = { NOTES: join(dir, "notes"), FACTS: dir };
const app = appDir("orchestrations");

describe("the host's process", { concurrency: true }, () => {
  it("says in one sentence that its port is taken, naming the port and the flag", async () => {
    const server = await listen();
    const { port } = server.address() as { port: number };
    const host = spawnHost(port, ["--data", join(dir, "taken"), "--app", app], env);
    assert.equal(await host.exited, 1);
    assert.equal(host.output(), `Port ${port} is taken. Choose another with --port, or stop what listens there.\n`);
    server.close();
  });

  it("says how it is used when a flag is missing", async () => {
    const host = spawnHost(0, [], env);
    assert.equal(await host.exited, 1);
    assert.match(host.output(), /^Usage: node local\/host\/start\.ts --port/);
  });

  it("stops in order: what runs ends and is noted, and a second host takes over its data", async () => {
    const [port = 0, other = 0] = await freePorts(2);
    const data = join(dir, "data");
    const users = join(dir, "users.json");
    writeFileSync(users, JSON.stringify({ anna: { roles: ["Ferry.Reader"] } }));
    const flags = ["--data", data, "--app", app, "--users", users];
    const first = spawnHost(port, flags, env);
    await untilRunning(first);
    const second = spawnHost(other, flags, env);
    assert.equal(await second.exited, 1);
    assert.match(second.output(), /Another host uses .*data/);

    await orchestrationClient(port).start("FansOut", "slow", { width: 3, ms: 400 });
    await until(
      "the activities to run",
      async () => notesIn(env.NOTES).filter(({ what }) => what === "work").length === 3,
    );
    await first.kill("SIGTERM");
    assert.equal(await first.exited, 0);

    const third = spawnHost(port, flags, env);
    await untilRunning(third);
    assert.deepEqual((await orchestrationClient(port).end("slow")).output, { sum: 3, inOrder: true });
    assert.equal(notesIn(env.NOTES).filter(({ what }) => what === "work").length, 3);
    await third.kill("SIGTERM");
  });
});
