// Tests what host.json must say about Durable Functions: each value that would behave differently on the official host
// is refused by name.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { LoadedApp } from "../../../../local/host/coreModule.ts";
import { readHostJson } from "../../../../local/host/settings.ts";
import type { Breach } from "../../../../local/host/strict.ts";
import { demandSupported } from "../../../../local/host/supported.ts";

const dir = mkdtempSync(join(tmpdir(), "host-json-"));
after(() => rmSync(dir, { recursive: true }));

const GOOD = {
  maxQueuePollingInterval: "00:00:05",
  controlQueueVisibilityTimeout: "00:01:00",
  workItemQueueVisibilityTimeout: "00:01:00",
};

/** An app with one function of this trigger. */
function rulesOf(durableTask: object, triggerType = "orchestrationTrigger"): readonly string[] {
  writeFileSync(join(dir, "host.json"), JSON.stringify({ version: "2.0", extensions: { durableTask } }));
  const trigger = { name: "trigger", type: triggerType, direction: "in" as const };
  const fn = { name: "One", trigger, metadata: { name: "One", bindings: { trigger } }, callback: () => undefined };
  const breaches: Breach[] = [];
  demandSupported({ functions: new Map([["One", fn]]) } as unknown as LoadedApp, readHostJson(dir), (found) =>
    breaches.push(...found),
  );
  return breaches.map(({ rule, detail }) => `${rule}: ${detail}`);
}

describe("host.json of an app with orchestrations", () => {
  const table: readonly { readonly what: string; readonly durableTask: object; readonly rules: readonly string[] }[] = [
    { what: "as it should be", durableTask: { defaultVersion: "1.0", storageProvider: GOOD }, rules: [] },
    {
      what: "without a version",
      durableTask: { storageProvider: GOOD },
      rules: ["default-version: host.json has none"],
    },
    {
      what: "with a long polling interval",
      durableTask: { defaultVersion: "1.0", storageProvider: { ...GOOD, maxQueuePollingInterval: "00:00:06" } },
      rules: ["short-polling: in host.json maxQueuePollingInterval is 6 s"],
    },
    {
      what: "with a long and a short lease",
      durableTask: {
        defaultVersion: "1.0",
        storageProvider: {
          ...GOOD,
          controlQueueVisibilityTimeout: "00:05:00",
          workItemQueueVisibilityTimeout: "00:00:30",
        },
      },
      rules: [
        "short-leases: in host.json controlQueueVisibilityTimeout is 300 s",
        "short-leases: in host.json workItemQueueVisibilityTimeout is 30 s",
      ],
    },
    {
      what: "that says nothing, when the defaults are long",
      durableTask: {},
      rules: [
        "default-version: host.json has none",
        "short-polling: in host.json maxQueuePollingInterval is 30 s",
        "short-leases: in host.json controlQueueVisibilityTimeout is 300 s",
        "short-leases: in host.json workItemQueueVisibilityTimeout is 300 s",
      ],
    },
  ];
  for (const { what, durableTask, rules } of table) it(what, () => assert.deepEqual(rulesOf(durableTask), rules));
});

it("an app without orchestrations may say what it likes", () => assert.deepEqual(rulesOf({}, "httpTrigger"), []));
