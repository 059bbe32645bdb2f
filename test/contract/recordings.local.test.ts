// Does the emulator answer as the live service was recorded to answer?
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { storageAccountId } from "../../local/arm/resources.ts";
import { assertAlike, Correspondence, type Exchange, namesIn, type Recording, stateOf } from "../support/replay.ts";
import { ACCOUNT_KEY, type EmulatedAzure, emulatedAzure, FAST, SHARE_PATH } from "./emulatedAzure.ts";

const FOLDER = "../shared/dms/recordings";
const FILES = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith(".json")) : [];

if (FILES.length === 0) test("recorded traffic", { skip: `not on this machine (${FOLDER})` }, () => {});

for (const file of FILES)
  test(`${file} is answered as it was recorded`, async () => {
    const recording = JSON.parse(readFileSync(`${FOLDER}/${file}`, "utf8")) as Recording;
    const azure = await emulatedAzure(undefined, { ...FAST, speed: 0 }, namesIn(recording));
    try {
      for (const service of azure.seed.migrationServices) {
        const keys = await azure.services.authKeys(service);
        if (keys.ok) await azure.steer("POST", "nodes", { nodeName: "HOST1", authKey: keys.keys.authKey1 });
      }
      await replay(azure, recording);
    } finally {
      await azure.stop();
    }
  });

async function replay(azure: EmulatedAzure, { exchanges }: Recording): Promise<void> {
  const same = new Correspondence();
  const operations = new Map<string, string>();
  for (const { n, request, response } of exchanges) {
    const path = operations.get(request.url) ?? same.translated(pathOf(request.url));
    const body = request.body === null ? undefined : reachable(azure, same.translated(JSON.stringify(request.body)));
    const answer = await untilAlike(azure, () => azure.arm(request.method, path, body), response);
    try {
      assertAlike(response, answer, same);
    } catch (error) {
      throw new Error(`Exchange ${n}, ${request.method} ${path}: ${(error as Error).message}`, { cause: error });
    }
    const recorded = Object.entries(response.headers).find(([name]) => /^azure-asyncoperation$/i.test(name))?.[1];
    const ours = answer.headers.get("azure-asyncoperation");
    if (recorded !== undefined && ours !== null) operations.set(recorded, pathOf(ours));
  }
}

const pathOf = (url: string): string => new URL(url).pathname + new URL(url).search;

/** The request with the storage account, its key and the share that are there: none of them is echoed. */
const reachable = ({ seed }: EmulatedAzure, text: string): object =>
  JSON.parse(
    text
      .replaceAll(/"[^"]*storageAccounts\/[^"]*"/gi, JSON.stringify(storageAccountId(seed, "backups1")))
      .replaceAll(/("path":)"[^"]*"/g, (_, name: string) => name + JSON.stringify(SHARE_PATH))
      .replaceAll(/("accountKey":)"[^"]*"/g, (_, name: string) => `${name}"${ACCOUNT_KEY}"`),
  ) as object;

// The emulator's clock stands, except where the recording has come further: what was recorded several times stays so long.
async function untilAlike(
  azure: EmulatedAzure,
  ask: () => ReturnType<EmulatedAzure["arm"]>,
  recorded: Exchange["response"],
): ReturnType<EmulatedAzure["arm"]> {
  for (let tries = 0; ; tries++) {
    const answer = await ask();
    if (stateOf(answer.body) === stateOf(recorded.body) || tries === 500) return answer;
    assert.equal(answer.status, recorded.status, JSON.stringify(answer.body));
    await azure.steer("PUT", "settings", { speed: 100 });
    await pause(5);
    await azure.steer("PUT", "settings", { speed: 0 });
  }
}
