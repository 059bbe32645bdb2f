// Removes names from an assessment for sharing: servers and databases get replacements, equal names equal ones; objects
// are only counted.
import { databaseKey } from "../../shared/chain/files/identity.ts";
import type { Assessment, SourceDatabase } from "../../shared/source/assessment.ts";
import type { Finding } from "../../shared/source/finding.ts";

export function redactAssessments(assessments: readonly Assessment[]): readonly Assessment[] {
  return assessments.map((one, index) => {
    const names = new Map<string, string>();
    const nameOf = (name: string): string => {
      const key = databaseKey(name);
      if (!names.has(key)) names.set(key, `database${names.size + 1}`);
      return names.get(key) ?? key;
    };
    for (const { name } of one.databases) nameOf(name);
    return {
      ...one,
      server: `server${index + 1}`,
      instance: one.instance.map(withoutNames),
      databases: one.databases.map((database): SourceDatabase => {
        const { databaseGuid: _, familyGuid: __, ...shared } = database;
        return {
          ...shared,
          name: nameOf(database.name),
          findings: database.findings.map(withoutNames),
          ...(database.dependsOn && { dependsOn: database.dependsOn.map(nameOf) }),
        };
      }),
    };
  });
}

/** What was observed may name anything, so only the outcome is let through, and the check's own words. */
function withoutNames({ objects, observed: _, remedy: __, forTarget, ...finding }: Finding): Finding {
  const observed = objects === undefined ? finding.outcome : `${finding.outcome}, ${objects.length} named`;
  return {
    ...finding,
    observed,
    remedy: "",
    ...(objects && { objects: [] }),
    ...(forTarget !== undefined && { forTarget: "" }),
  };
}
