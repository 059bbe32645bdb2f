// Tests that the documents show commands that exist, with the output that they print.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Command } from "../../../ferry/command.ts";
import { acknowledge } from "../../../ferry/commands/acknowledge.ts";
import { assess } from "../../../ferry/commands/assess.ts";
import { cancel } from "../../../ferry/commands/cancel.ts";
import { collect } from "../../../ferry/commands/collect.ts";
import { cutover } from "../../../ferry/commands/cutover.ts";
import { files } from "../../../ferry/commands/files.ts";
import { forget } from "../../../ferry/commands/forget.ts";
import { inspect } from "../../../ferry/commands/inspect.ts";
import { list } from "../../../ferry/commands/list.ts";
import { plan } from "../../../ferry/commands/plan.ts";
import { preflight } from "../../../ferry/commands/preflight.ts";
import { queue } from "../../../ferry/commands/queue.ts";
import { recommend } from "../../../ferry/commands/recommend.ts";
import { restart } from "../../../ferry/commands/restart.ts";
import { resume } from "../../../ferry/commands/resume.ts";
import { service } from "../../../ferry/commands/service.ts";
import { set } from "../../../ferry/commands/set.ts";
import { show } from "../../../ferry/commands/show.ts";
import { start } from "../../../ferry/commands/start.ts";
import { upload } from "../../../ferry/commands/upload.ts";
import { inspectSource } from "../../../ferry/files/inspected.ts";
import { planText } from "../../../ferry/print/planText.ts";
import { sourceDatabase } from "../../../local/backups/history.ts";
import { dryRunOf } from "../../../shared/dryRun/dryRun.ts";
import { countingSource } from "../../support/countingSource.ts";

const VERBS: Readonly<Record<string, Command>> = {
  ...{ acknowledge, assess, cancel, collect, cutover, files, forget, inspect, list, plan, preflight, recommend },
  ...{ queue, restart, resume, service, set, show, start, upload },
};
const PAGES = [
  "README.md",
  "docs/plan.md",
  "docs/migrate.md",
  "docs/operations.md",
  "docs/assess.md",
  "docs/size.md",
  "docs/backup-headers.md",
];

for (const page of PAGES)
  test(`every ferry command in ${page} has this verb and these options`, () => {
    const commands = [...readFileSync(page, "utf8").matchAll(/npx ferry ([a-z-]+)([^`\n#|]*)/g)];
    assert.ok(commands.length > 0);
    for (const [shown, verb = "", words = ""] of commands) {
      if (verb === "help") continue;
      const command = VERBS[verb];
      assert.ok(command, shown);
      for (const [, option = ""] of words.matchAll(/ --([a-z-]+)/g)) assert.ok(option in command.options, shown);
    }
  });

test("a folder whose second of three logs is missing reads as docs/plan.md shows it", async () => {
  const example = /```\n(NOT YET RESTORABLE: .*?)\n```/s.exec(readFileSync("docs/plan.md", "utf8"))?.[1];
  const source = sourceDatabase({ name: "Sales", startedAt: "2025-11-24T21:00:00" });
  const full = source.full({ stripes: 2 });
  const [first, , third] = [source.log(), source.log(), source.log()];
  const read = [...full.files, first, third].map(({ fileName, bytes }) =>
    inspectSource(fileName, countingSource(bytes)),
  );
  const text = planText(dryRunOf(await Promise.all(read)));
  assert.ok(
    example !== undefined && text.startsWith(`${example}\n`),
    `The example should begin like this:\n\n${text}\n`,
  );
});
