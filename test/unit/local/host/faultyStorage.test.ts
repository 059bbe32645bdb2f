// Tests that a storage call fails, is never answered, or is carried out without an answer, as the fault plan says.
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { realClock, virtualClock } from "../../../../local/host/clock.ts";
import { createFaults, parseFaults } from "../../../../local/host/faults.ts";
import { standBetween } from "../../../../local/host/faultyStorage.ts";

const arrived: string[] = [];
const account: Server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
  request.on("end", () => {
    arrived.push(`${request.method} ${request.url} ${body}`);
    response.writeHead(201, { "x-ms-version": "1" }).end("done");
  });
});
let original: string;

before(async () => {
  await new Promise<void>((resolve) => account.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(account.address() as AddressInfo).port}`;
  original = `AccountName=a;AccountKey=k;BlobEndpoint=${endpoint}/a;QueueEndpoint=${endpoint}/a;`;
});
after(() => account.close());

const faults = (plan: string) => createFaults(parseFaults(plan), 1, () => undefined);

/** Sends one call through the faulty storage, and returns what became of it. */
async function callWith(
  plan: string,
  clock = realClock,
): Promise<{ status: number | "broken"; arrived: readonly string[] }> {
  process.env["SomeConnection"] = original;
  arrived.length = 0;
  const leave = await standBetween(faults(plan), clock, () => undefined);
  const [, endpoint = ""] = /BlobEndpoint=([^;]+)/.exec(process.env["SomeConnection"]) ?? [];
  assert.notEqual(process.env["SomeConnection"], original);
  const status = await fetch(`${endpoint}/container/blob?comp=x`, { method: "PUT", body: "text" }).then(
    async (answer) => {
      await answer.text();
      return answer.status;
    },
    () => "broken" as const,
  );
  leave();
  assert.equal(process.env["SomeConnection"], original);
  delete process.env["SomeConnection"];
  return { status, arrived: [...arrived] };
}

describe("a storage call", () => {
  const whole = ["PUT /a/container/blob?comp=x text"];
  it("passes unchanged without faults", async () =>
    assert.deepEqual(await callWith("1:none"), { status: 201, arrived: whole }));
  it("fails and does nothing: storageFails", async () =>
    assert.deepEqual(await callWith("1:none,storageFails=1"), { status: 503, arrived: [] }));
  it("is carried out, and its answer is lost: storageAnswerLost", async () =>
    assert.deepEqual(await callWith("1:none,storageAnswerLost=1"), { status: "broken", arrived: whole }));
  it("does nothing and is never answered: storageTimesOut", async () => {
    const clock = virtualClock(0);
    const impatience = setInterval(() => clock.jump(clock.now() + 5_000), 5);
    assert.deepEqual(await callWith("1:none,storageTimesOut=1", clock), { status: "broken", arrived: [] });
    clearInterval(impatience);
    assert.ok(clock.now() >= 5_000);
  });
});
