// Tests that the newer result of a check wins, in whatever order reports come, and that a report that is published
// twice counts once.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { PublishAssessmentBody, SavedAssessments } from "../../../../shared/assessed/assessmentShapes.ts";
import { kept, withoutSecrets } from "../../../../shared/assessed/kept.ts";
import { withDatabase, withServer } from "../../../../shared/assessed/published.ts";
import { storedJson } from "../../../../shared/migration/stored/storedJson.ts";
import type { SourceDatabase } from "../../../../shared/source/assessment.ts";
import type { Finding, Outcome } from "../../../../shared/source/finding.ts";
import { anAssessment, databaseOf, serverOf, withTde } from "../../../support/assessments.ts";

const [template] = databaseOf(anAssessment()).findings as [Finding];
const finding = (check: Finding["check"], outcome: Outcome, at: string): Finding => ({
  ...template,
  check,
  outcome,
  at,
  observed: `${outcome} at ${at}`,
});
const database = (findings: readonly Finding[]): SourceDatabase => ({ name: "Sales", findings });
const known = (of: SourceDatabase, check: string) => of.findings.find((one) => one.check === check);

const CHECKS = ["S10", "S30", "S34"] as const;
/** A report runs all of its checks on one day; another day is another report. */
const aReport = fc
  .record({
    day: fc.integer({ min: 10, max: 28 }),
    outcomes: fc.array(fc.option(fc.constantFrom<Outcome>("found", "fine", "unknown"), { nil: undefined }), {
      minLength: CHECKS.length,
      maxLength: CHECKS.length,
    }),
  })
  .map(({ day, outcomes }) => ({
    day,
    findings: CHECKS.flatMap((check, at) => {
      const outcome = outcomes[at];
      return outcome ? [finding(check, outcome, `2025-11-${day}T12:00:00.000Z`)] : [];
    }),
  }));
const reports = fc.uniqueArray(aReport, { selector: ({ day }) => day, minLength: 1, maxLength: 6 });
const published = (all: readonly { readonly findings: readonly Finding[] }[]): SourceDatabase =>
  all.reduce<SourceDatabase | undefined>(
    (before, { findings }) => withDatabase(before, database(findings)),
    undefined,
  ) ?? assert.fail("nothing was published");

describe("what is known of a database", () => {
  test("is by check the newest that anybody knew, in whatever order the reports come", () => {
    fc.assert(
      fc.property(reports, fc.array(fc.nat(), { minLength: 6, maxLength: 6 }), (all, dice) => {
        const shuffled = all.map((one, at) => ({ one, at: dice[at] ?? 0 })).sort((a, b) => a.at - b.at);
        const result = published(shuffled.map(({ one }) => one));
        for (const check of CHECKS) {
          const looks = all.flatMap(({ findings }) => findings.filter((one) => one.check === check));
          const certain = looks.filter(({ outcome }) => outcome !== "unknown");
          const newest = (certain.length > 0 ? certain : looks).toSorted((a, b) => (a.at < b.at ? 1 : -1))[0];
          assert.deepEqual(known(result, check), newest);
        }
      }),
      { seed: 28, numRuns: 400 },
    );
  });

  test("is not changed by a report that is published again, nor by an older one that knows nothing else", () => {
    fc.assert(
      fc.property(reports, (all) => {
        const result = published(all);
        for (const { findings } of all) assert.equal(withDatabase(result, database(findings)), result);
      }),
      { seed: 28, numRuns: 200 },
    );
  });

  test("keeps the GUIDs, size and dependencies that only an older look knew", () => {
    const older = { ...databaseOf(anAssessment(withTde)), sizeMb: 5, dependsOn: ["Stock"] };
    const newer = { name: "Sales", findings: [finding("S30", "found", "2025-11-24T12:00:00.000Z")] };
    const merged = withDatabase(older, newer);
    assert.deepEqual([merged.familyGuid, merged.sizeMb, merged.dependsOn], [older.familyGuid, 5, ["Stock"]]);
    assert.equal(known(merged, "S10")?.outcome, "found");
  });
});

test("who publishes what is known already has published nothing of the server", () => {
  const server = serverOf(anAssessment());
  assert.equal(withServer(server, { ...server, publishedAt: "2025-11-25T00:00:00.000Z", publishedBy: "eve" }), server);
  const newer = serverOf(anAssessment({}, { takenAt: "2025-11-24T12:00:00.000Z", instance: { engineEdition: 8 } }));
  const merged = withServer(server, { ...newer, publishedBy: "eve" });
  assert.deepEqual([merged.takenAt, merged.publishedBy], [newer.takenAt, "eve"]);
  const again = withServer(merged, server);
  assert.equal(again, merged, "an older report takes nothing back");
});

describe("what is kept", () => {
  const many = (count: number, length: number): readonly string[] =>
    Array.from({ length: count }, (_, at) => `login ${at} ${"x".repeat(length)}`);

  test("of each finding are two hundred names, and of a database what fits into a row; what is left out is told", () => {
    const assessment = anAssessment({ columnMasterKeys: many(10_000, 5) });
    const { assessment: shorter, shortened, tooLarge } = kept(assessment);
    const names = known(databaseOf(shorter), "S15")?.objects ?? [];
    assert.deepEqual([names.length, names.at(-1)], [201, "and 9800 more"]);
    assert.deepEqual(shortened, [{ database: "Sales", check: "S15", kept: 200, of: 10_000 }]);
    assert.deepEqual(tooLarge, []);
    assert.deepEqual(kept(shorter), { assessment: shorter, shortened: [], tooLarge: [] }, "twice is once");
  });

  test("is less where two hundred names of each finding are too much, and nothing of what no row holds", () => {
    const long = many(210, 280);
    const bloated = { ...databaseOf(anAssessment()) };
    const findings = bloated.findings.map((one) => ({ ...one, objects: long }));
    const { assessment: shorter, shortened } = kept({ ...anAssessment(), databases: [{ ...bloated, findings }] });
    assert.ok(storedJson(databaseOf(shorter)).length <= 480_000);
    assert.ok(shortened.length > 0 && shortened.every(({ kept: left }) => left < 200));
    const texts = bloated.findings.map((one) => ({ ...one, message: "ü".repeat(2_000), remedy: "ü".repeat(2_000) }));
    const { assessment: none, tooLarge } = kept({ ...anAssessment(), databases: [{ ...bloated, findings: texts }] });
    assert.deepEqual([none.databases, tooLarge], [[], ["Sales"]]);
  });

  test("has no signature, account key or password, and leaves statements as they were", () => {
    for (const [text, bare] of [
      [
        "https://a.blob.core.windows.net/b/f.bak?sv=1&sig=a%2Bb%3D&se=2",
        "https://a.blob.core.windows.net/b/f.bak?sv=1&sig=***&se=2",
      ],
      ["AccountName=a;AccountKey=abc==;EndpointSuffix=x", "AccountName=a;AccountKey=***;EndpointSuffix=x"],
      ["Server=x;User Id=sa;Password=hush;Encrypt=true", "Server=x;User Id=sa;Password=***;Encrypt=true"],
      ["WITH PRIVATE KEY (ENCRYPTION BY PASSWORD = 'hush')", "WITH PRIVATE KEY (ENCRYPTION BY PASSWORD = ***)"],
      ["ENCRYPTION BY PASSWORD = '...'", "ENCRYPTION BY PASSWORD = '...'"],
    ] as const) {
      assert.equal(withoutSecrets(text), bare);
      assert.equal(withoutSecrets(bare), bare);
    }
    const leaky = anAssessment({ externalData: ["hadoop PASSWORD=hush"] });
    assert.ok(!JSON.stringify(kept(leaky)).includes("hush"));
    const own = anAssessment(withTde);
    assert.deepEqual(kept(own).assessment, own, "nothing of ours looks like a secret");
  });
});

describe("the body of a publication", () => {
  const body = () => JSON.parse(JSON.stringify(anAssessment(withTde)));
  const refusals = (changed: unknown): readonly string[] => {
    const parsed = PublishAssessmentBody.safeParse(changed);
    return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join("/"));
  };

  test("is what ferry saves", () => {
    assert.deepEqual(refusals(body()), []);
    assert.deepEqual(SavedAssessments.parse({ assessments: [body()] }).assessments, [body()]);
  });

  test("is refused where it is not", () => {
    const one = body().databases[0];
    const rows: readonly (readonly [unknown, string])[] = [
      [{ ...body(), server: "" }, "server"],
      [{ ...body(), password: "hush" }, ""],
      [{ ...body(), takenAt: "yesterday" }, "takenAt"],
      [{ ...body(), takenAt: "2025-11-23T12:00:00+01:00" }, "takenAt"],
      [{ ...body(), databases: [{ ...one, name: "" }] }, "databases/0/name"],
      [{ ...body(), databases: [{ ...one, name: "x".repeat(129) }] }, "databases/0/name"],
      [{ ...body(), databases: [{ ...one, familyGuid: "a/b" }] }, "databases/0/familyGuid"],
      [{ ...body(), databases: Array(101).fill(one) }, "databases"],
      [
        { ...body(), databases: [{ ...one, findings: [{ ...one.findings[0], outcome: "well" }] }] },
        "databases/0/findings/0/outcome",
      ],
      [
        { ...body(), databases: [{ ...one, findings: [{ ...one.findings[0], check: "X1" }] }] },
        "databases/0/findings/0/check",
      ],
      [
        { ...body(), databases: [{ ...one, findings: [{ ...one.findings[0], check: "S100" }] }] },
        "databases/0/findings",
      ],
      [{ ...body(), databases: [{ ...one, findings: [one.findings[0], one.findings[0]] }] }, "databases/0/findings"],
      [{ ...body(), instance: Array(2).fill(one.findings[0]) }, "instance"],
      [[], ""],
    ];
    for (const [changed, path] of rows) assert.deepEqual(refusals(changed), [path], path);
  });

  test("takes GUIDs as anybody writes them, and joins them as one", () => {
    const one = { ...body().databases[0], familyGuid: "{5b3a0f5e-0001-4000-8000-000000000001}" };
    const parsed = PublishAssessmentBody.parse({ ...body(), databases: [one] });
    assert.equal(parsed.databases[0]?.familyGuid, "5B3A0F5E-0001-4000-8000-000000000001");
  });
});
