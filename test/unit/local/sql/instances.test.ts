// Tests what an assessment finds on the three scripted servers, and that each check can be found, fine and unknown
// there. After a change: UPDATE_GOLDEN=1 node --test test/unit/local/sql/instances.test.ts, and read the difference.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import type { ScriptedInstance } from "../../../../local/sql/answer.ts";
import { clean2022, enterprise2016, standard2012 } from "../../../../local/sql/instances.ts";
import { type Assessment, assess, DATABASE_RULES, INSTANCE_RULES } from "../../../../shared/source/assessment.ts";
import type { TargetFacts } from "../../../../shared/source/facts.ts";
import type { Finding } from "../../../../shared/source/finding.ts";
import { whyNotReadOnly } from "../../../../shared/sqlserver/readOnly.ts";
import { everyStatement } from "../../../support/sqlStatements.ts";
import { factsOf, NOW } from "./source.ts";

const GOLDEN = new URL("assessments.golden.txt", import.meta.url);

const VM: TargetFacts = {
  versionMajor: 16,
  edition: "Standard",
  collation: "SQL_Latin1_General_CP1_CI_AS",
  freeMb: 100_000,
  uploadBytesPerSecond: 12_500_000,
};
/** A target that is too old, too slow, and of too small an edition. */
const OLD_VM: TargetFacts = { ...VM, versionMajor: 12, uploadBytesPerSecond: 100_000 };

interface Look {
  readonly title: string;
  readonly instance: ScriptedInstance;
  readonly user?: string;
  readonly target: TargetFacts;
}

const LOOKS: readonly Look[] = [
  { title: "2012 Standard, to 2022 Standard", instance: standard2012(NOW), target: VM },
  { title: "2016 Enterprise, to 2014 Standard over a slow line", instance: enterprise2016(NOW), target: OLD_VM },
  { title: "2022, to 2022 Standard", instance: clean2022(NOW), target: VM },
  {
    title: "2016 Enterprise by a login without grants, to no target in particular",
    instance: enterprise2016(NOW),
    user: "ferry_blind",
    target: {},
  },
];

const checksOf = (findings: readonly Finding[], outcome: Finding["outcome"]): string =>
  findings
    .filter((one) => one.outcome === outcome)
    .map(({ check }) => check)
    .join(" ");

const told = (name: string, findings: readonly Finding[]): string[] => [
  `  ${name}`,
  ...(["found", "fine", "unknown"] as const).map((outcome) =>
    `    ${outcome.padEnd(8)}${checksOf(findings, outcome)}`.trimEnd(),
  ),
];

describe("the scripted servers", () => {
  const assessed: Assessment[] = [];
  const sent: string[] = [];
  before(async () => {
    for (const { instance, user, target } of LOOKS) {
      const { facts, batches } = await factsOf(instance, { ...(user !== undefined && { user }) });
      assessed.push(assess(facts, target));
      sent.push(...batches);
    }
  });

  it("are assessed as in assessments.golden.txt", () => {
    const text = LOOKS.flatMap(({ title }, index) => {
      const { instance = [], databases = [] } = assessed[index] ?? {};
      const withheld = instance.find(({ check }) => check === "S04")?.objects ?? [];
      return [
        title,
        ...told("the server itself", instance),
        ...withheld.map((one) => `    not seen: ${one}`),
        ...databases.flatMap(({ name, findings }) => told(name, findings)),
        "",
      ];
    }).join("\n");
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(GOLDEN, text);
    assert.equal(text, readFileSync(GOLDEN, "utf8"));
  });

  it("show each check found, fine and unknown, but for those that anybody may see", () => {
    const all = assessed
      .flatMap(({ instance, databases }) => [instance, ...databases.map(({ findings }) => findings)])
      .flat();
    const lacking = [...INSTANCE_RULES, ...DATABASE_RULES].flatMap(({ id }) =>
      (["found", "fine", "unknown"] as const)
        .filter((outcome) => !all.some((finding) => finding.check === id && finding.outcome === outcome))
        .map((outcome) => `${id} ${outcome}`),
    );
    assert.deepEqual(lacking, NEVER);
  });

  it("tell in each finding that is unknown for want of a permission which grant helps", () => {
    const [, , , blind] = assessed;
    const finding = (check: string): Finding | undefined =>
      [...(blind?.instance ?? []), ...(blind?.databases[0]?.findings ?? [])].find((one) => one.check === check);
    const reasons = Object.fromEntries(
      ["S05", "S07", "S41", "S70", "S72", "S77"].map((check) => [check, finding(check)?.observed]),
    );
    assert.deepEqual(reasons, {
      S05: "the login may not enter: GRANT CONNECT ANY DATABASE",
      S07: "not allowed: GRANT VIEW ANY DEFINITION",
      S41: "not allowed: GRANT VIEW SERVER STATE",
      S70: "the login may not enter: GRANT CONNECT ANY DATABASE",
      S72: "not allowed (229): GRANT SELECT ON msdb.dbo.sysjobs, msdb.dbo.sysjobsteps",
      S77: "not allowed: GRANT VIEW SERVER STATE",
    });
    assert.match(finding("S04")?.remedy ?? "", /ferry assess --login-script/);
  });

  it("were sent nothing that does not only read, the driver's own batch among it", () => {
    assert.ok(sent.length > 100);
    for (const batch of sent) assert.equal(whyNotReadOnly(batch.replaceAll(/\n(?=set )/g, ";\n")), undefined, batch);
  });

  it("were sent nothing of ours that Microsoft's parser has not seen: each statement is one of the list", () => {
    const listed = new Set(everyStatement().map(({ sql }) => sql));
    const ours = sent.filter((batch) => !/^(USE |set )/.test(batch));
    assert.ok(ours.length > 60);
    for (const batch of ours) assert.ok(listed.has(batch), batch);
  });

  it("tell by their GUIDs which backups are theirs, and who has to move together", () => {
    const [old] = assessed;
    assert.match(old?.databases[0]?.familyGuid ?? "", /^[0-9A-F-]{36}$/);
    assert.deepEqual(old?.databases.find(({ name }) => name === "Sales")?.dependsOn, ["Stock"]);
    assert.equal(old?.databases.find(({ name }) => name === "Sales")?.logByHour?.length, 72);
  });
});

/** Checks and outcomes that no server shows. */
const NEVER: readonly string[] = [
  // Other services than SQL Server are refused before anything is asked; every server tells its edition.
  "S01 found",
  "S01 unknown",
  "S04 unknown",
  // Every login may see these: settings, properties of databases, who mirrors whom.
  ..."S76 S03 S14 S20 S30 S51 S53 S54 S60 S61 S62 S64 S67".split(" ").map((check) => `${check} unknown`),
];
