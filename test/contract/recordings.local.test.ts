// Tests that the emulator answers as the live service did when it was recorded.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { storageAccountId } from "../../local/arm/resources.ts";
import {
  assertAlike,
  Beginnings,
  Correspondence,
  type Exchange,
  namesIn,
  operationUrls,
  pathOf,
  type Recording,
  recordingIn,
  stateOf,
} from "../support/replay.ts";
import { ACCOUNT_KEY, type EmulatedAzure, emulatedAzure, FAST, SHARE_PATH } from "./emulatedAzure.ts";

const FOLDER = "../shared/dms/recordings";
const FILES = existsSync(FOLDER)
  ? readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"))
  : [];

if (FILES.length === 0) test("recorded traffic", { skip: `not on this machine (${FOLDER})` }, () => {});

for (const file of FILES)
  test(`${file} is answered as it was recorded`, async (t) => {
    const recording = recordingIn(file, readFileSync(`${FOLDER}/${file}`, "utf8"));
    const azure = await emulatedAzure(undefined, { ...FAST, speed: 0 }, namesIn(recording));
    try {
      for (const service of azure.seed.migrationServices) {
        const keys = await azure.services.authKeys(service);
        if (keys.ok) await azure.steer("POST", "nodes", { nodeName: "HOST1", authKey: keys.keys.authKey1 });
      }
      const notAsked = await replay(azure, recording);
      for (const reason of notAsked) t.diagnostic(reason);
      if (notAsked.length === recording.exchanges.length) t.skip("nothing of it can be asked of the emulator");
    } finally {
      await azure.stop();
    }
  });

/**
 * Returns the names of what could not be asked: it needs something that existed before, or the emulator does not know
 * the operation.
 */
async function replay(azure: EmulatedAzure, { exchanges }: Recording): Promise<readonly string[]> {
  const same = new Correspondence();
  const beginnings = new Beginnings();
  const operations = new Map<string, string>();
  const unknown = new Set<string>();
  const notAsked: string[] = [];
  for (const [index, exchange] of exchanges.entries()) {
    const { n = index + 1, request, response } = exchange;
    const name = `Exchange ${n}, ${request.method} ${pathOf(request.url)}`;
    const began = beginnings.reason(exchange) ?? (unknown.has(request.url) ? "of an unknown operation" : undefined);
    const path = operations.get(request.url) ?? same.translated(pathOf(request.url));
    const body = request.body === null ? undefined : reachable(azure, same.translated(JSON.stringify(request.body)));
    try {
      const answer =
        began === undefined && (await untilAlike(azure, () => azure.arm(request.method, path, body), response));
      if (!answer || isUnknown(answer.body)) {
        notAsked.push(`${name}: ${began ?? "the emulator does not know this operation"}`);
        for (const url of operationUrls(Object.entries(response.headers))) unknown.add(url);
        continue;
      }
      assertAlike(response, answer, same);
      const ours = operationUrls(answer.headers);
      for (const [at, url] of operationUrls(Object.entries(response.headers)).entries())
        operations.set(url, pathOf(ours[at] ?? ours[0] ?? url));
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return notAsked;
}

/** The emulator's answer where it has no handler. */
const isUnknown = (body: unknown): boolean =>
  (body as { readonly error?: { readonly code?: string } } | undefined)?.error?.code === "InvalidResourceType";

/** The request with the storage account, key and share of this emulator; none of them is echoed. */
const reachable = ({ seed }: EmulatedAzure, text: string): object =>
  JSON.parse(
    text
      .replaceAll(/"[^"]*storageAccounts\/[^"]*"/gi, JSON.stringify(storageAccountId(seed, "backups1")))
      .replaceAll(/("path":)"[^"]*"/g, (_, name: string) => name + JSON.stringify(SHARE_PATH))
      .replaceAll(/("accountKey":)"[^"]*"/g, (_, name: string) => `${name}"${ACCOUNT_KEY}"`),
  ) as object;

// The emulator's clock stands still, and moves only when the recording has gone further: a state that was recorded
// several times stays.
async function untilAlike(
  azure: EmulatedAzure,
  ask: () => ReturnType<EmulatedAzure["arm"]>,
  recorded: Exchange["response"],
): ReturnType<EmulatedAzure["arm"]> {
  for (let tries = 0; ; tries++) {
    const answer = await ask();
    if (stateOf(answer.body) === stateOf(recorded.body) || tries === 500 || isUnknown(answer.body)) return answer;
    assert.equal(answer.status, recorded.status, JSON.stringify(answer.body));
    await azure.steer("PUT", "settings", { speed: 100 });
    await pause(5);
    await azure.steer("PUT", "settings", { speed: 0 });
  }
}
