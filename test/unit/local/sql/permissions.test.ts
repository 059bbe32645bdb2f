// Tests that a login with fewer permissions never makes a check fine that is not. Each permission is taken away, one at
// a time.
import assert from "node:assert/strict";
import { it } from "node:test";
import type { ScriptedInstance } from "../../../../local/sql/answer.ts";
import { enterprise2016, standard2012 } from "../../../../local/sql/instances.ts";
import { LEAST } from "../../../../local/sql/server.ts";
import { type Assessment, assess } from "../../../../shared/source/assessment.ts";
import type { TargetFacts } from "../../../../shared/source/facts.ts";
import type { Finding } from "../../../../shared/source/finding.ts";
import { factsOf, NOW, PASSWORD } from "./source.ts";

/** A small target, for which nearly every check of the source has a finding. */
const TARGET: TargetFacts = {
  versionMajor: 16,
  edition: "Standard",
  collation: "X",
  freeMb: 1,
  uploadBytesPerSecond: 1,
};

const seenWith = async (instance: ScriptedInstance, grants: typeof LEAST): Promise<Assessment> =>
  assess(
    (await factsOf(instance, { server: { logins: { ferry_reader: { password: PASSWORD, grants } } } })).facts,
    TARGET,
  );

/** An availability group whose only database is backed up by the Agent, so that no other tool shows. */
function inAGroup(): ScriptedInstance {
  const instance = enterprise2016(NOW);
  const groups = (instance.rows["availability groups"] ?? []).map((row) => ({ ...row, database_id: REKEYING }));
  return { ...instance, rows: { ...instance.rows, "availability groups": groups } };
}
const REKEYING = 9;

const INSTANCES: Readonly<Record<string, ScriptedInstance>> = {
  "2012 Standard": standard2012(NOW),
  "2016 Enterprise": enterprise2016(NOW),
  "2016 Enterprise, a group without a tool": inAGroup(),
  "2022, whose permissions are finer": { ...enterprise2016(NOW), major: 16, productVersion: "16.0.1000.6" },
};

const allOf = ({ instance, databases }: Assessment): readonly (readonly [string, readonly Finding[]])[] => [
  ["the server itself", instance],
  ...databases.map(({ name, findings }) => [name, findings] as const),
];

for (const [what, instance] of Object.entries(INSTANCES))
  it(`${what}: nothing turns fine by a grant that is missing`, async () => {
    const whole = allOf(await seenWith(instance, LEAST));
    for (const grant of LEAST) {
      const less = new Map(
        allOf(
          await seenWith(
            instance,
            LEAST.filter((one) => one !== grant),
          ),
        ),
      );
      for (const [name, findings] of whole)
        for (const { check, outcome } of findings) {
          const now = less.get(name)?.find((one) => one.check === check);
          if (outcome !== "fine" && now?.outcome === "fine")
            assert.fail(`without ${grant}, ${name}: ${check} was ${outcome} and is fine: ${now.observed}`);
        }
    }
  });

it("who may not see availability groups does not know who else takes log backups", async () => {
  for (const grant of ["VIEW SERVER STATE", "VIEW ANY DEFINITION"] as const) {
    const { databases } = await seenWith(
      inAGroup(),
      LEAST.filter((one) => one !== grant),
    );
    const finding = databases.find(({ name }) => name === "Rekeying")?.findings.find(({ check }) => check === "S34");
    assert.equal(finding?.outcome, "unknown", grant);
  }
});
