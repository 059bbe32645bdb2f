// Judges whether the database suits the target: its release, edition, collation and disks.
import { releaseName, SQL_SERVER_2008 } from "../../migration/sqlServerRelease.ts";
import type { DatabaseFacts, InstanceFacts, TargetFacts } from "../facts.ts";
import { type DatabaseRule, fine, found, notLookedAt, unknown } from "../finding.ts";

const SQL_SERVER_2016 = 13;
const SQL_SERVER_2019 = 15;

export const TARGET_RULES: readonly DatabaseRule[] = [
  {
    id: "S02",
    title: "Not newer than the target",
    severity: "blocks",
    why: "SQL Server restores no backup of a later release.",
    remedy: "Choose a VM with the same or a later release.",
    sqlErrors: [3169],
    sources: ["restore", "dmsIssues"],
    judge: (database, instance, target) => {
      const major = majorOf(database, instance);
      if (major === undefined) return notLookedAt;
      if (target.versionMajor === undefined) return unknown(`${releaseName(major)}, to an unknown release`);
      const seen = `${releaseName(major)} to ${releaseName(target.versionMajor)}`;
      return major > target.versionMajor ? found(seen) : fine(seen);
    },
  },
  {
    id: "S03",
    title: "Old source",
    severity: "act",
    why: "Compatibility levels below 100 are raised on restore: code with old syntax breaks. Before SQL Server 2008, DMS has no way.",
    remedy: "Test at level 100 first: ALTER DATABASE {name} SET COMPATIBILITY_LEVEL = 100, on a copy.",
    sources: ["restore", "compatibility"],
    judge: (database, instance) => {
      const major = majorOf(database, instance);
      const { compatibilityLevel: level } = database;
      if (major !== undefined && major < SQL_SERVER_2008)
        return found(releaseName(major), {
          severity: "blocks",
          remedy: "Bring the database to SQL Server 2008 or later first, and back it up there.",
        });
      if (level !== undefined && level < 100) return found(`level ${level}`);
      if (major === undefined || level === undefined) return notLookedAt;
      return fine(`${releaseName(major)}, level ${level}`);
    },
  },
  {
    id: "S05",
    title: "Features of an edition",
    severity: "blocks",
    why: "An edition that lacks a feature restores the database and then leaves it offline.",
    remedy: "Choose a VM of the right edition, or remove the feature before the full backup.",
    sqlErrors: [909],
    sources: ["editionFeatures"],
    judge: ({ editionFeatures }, _instance, target) => {
      if (editionFeatures === undefined) return notLookedAt;
      if (editionFeatures.length === 0) return fine("none in use");
      const lacking = editionFeatures.map((feature) => [feature, isIn(feature, target)] as const);
      const missing = lacking.filter(([, has]) => has === false).map(([feature]) => feature);
      if (missing.length > 0) return found(`${target.edition ?? "the target"} lacks them`, { objects: missing });
      const unsure = lacking.filter(([, has]) => has === undefined).map(([feature]) => feature);
      if (unsure.length > 0) return unknown("in use; edition or release of the target is not known", unsure);
      return fine(editionFeatures.join(", "));
    },
  },
  {
    id: "S06",
    title: "Server collation",
    severity: "act",
    why: "tempdb and variables take the server's collation: comparisons with the database's own end in collation conflicts.",
    remedy:
      "Install the VM's SQL Server with the source's collation, or write COLLATE DATABASE_DEFAULT where it meets tempdb.",
    sqlErrors: [468],
    sources: ["serverCollation"],
    judge: ({ collation, collationHint }, instance, target) => {
      const ours = [...new Set([collation, instance.collation].filter((one) => one !== undefined))];
      if (ours.length === 0) return collationHint === undefined ? notLookedAt : unknown(collationHint);
      if (target.collation === undefined) return unknown(`${ours.join(", ")}; the target's is not known`);
      const others = ours.filter((one) => one.toLowerCase() !== target.collation?.toLowerCase());
      return others.length > 0
        ? found(`${others.join(", ")}, the target has ${target.collation}`)
        : fine(`${target.collation} on both sides`);
    },
  },
  {
    id: "S07",
    title: "Does it fit on the disks",
    severity: "blocks",
    why: "A restore allocates the files in full, however little of them is used.",
    remedy: "Give the VM larger disks; shrink a log that is empty before the full backup.",
    sqlErrors: [3257],
    sources: ["restore"],
    judge: ({ files, sizeMb }, _instance, { freeMb }) => {
      const needed = files?.reduce((sum, file) => sum + file.sizeMb, 0) ?? sizeMb;
      if (needed === undefined) return notLookedAt;
      if (freeMb === undefined) return unknown(`needs ${gigabytes(needed)}; the target's disks are not known`);
      const seen = `needs ${gigabytes(needed)} of ${gigabytes(freeMb)}`;
      return needed > freeMb ? found(seen) : fine(seen);
    },
  },
  {
    id: "S66",
    title: "Compatibility level",
    severity: "info",
    why: "The level stays as it is, and the newer optimizer waits until somebody raises it.",
    remedy: "Take a baseline with Query Store, then ALTER DATABASE {name} SET COMPATIBILITY_LEVEL on the VM.",
    sources: ["compatibility"],
    judge: ({ compatibilityLevel: level }, _instance, { versionMajor }) => {
      if (level === undefined) return notLookedAt;
      if (versionMajor === undefined) return unknown(`level ${level}; the target's release is not known`);
      const usual = versionMajor * 10;
      return level < usual ? found(`level ${level}, the target's own is ${usual}`) : fine(`level ${level}`);
    },
  },
];

/** "13.0.6300.2" -> 13. */
export function majorOfVersion(productVersion: string | undefined): number | undefined {
  const [, major] = /^(\d+)\./.exec(productVersion ?? "") ?? [];
  return major === undefined ? undefined : Number(major);
}

const majorOf = (database: DatabaseFacts, instance: InstanceFacts): number | undefined =>
  database.versionMajor ?? majorOfVersion(instance.productVersion);

/**
 * Enterprise has everything; the others got all but TDE with 2016 (SP1, which Azure's images are beyond), and TDE
 * with 2019.
 */
function isIn(feature: string, { edition, versionMajor }: TargetFacts): boolean | undefined {
  if (edition === "Enterprise" || edition === "Developer") return true;
  // Express has no Agent to run it
  if (feature === "ChangeCapture" && (edition === undefined || edition === "Express")) return undefined;
  if (feature !== "TransparentDataEncryption" && versionMajor !== undefined && versionMajor >= SQL_SERVER_2016)
    return true;
  if (edition === undefined || versionMajor === undefined) return undefined;
  return edition === "Standard" && versionMajor >= SQL_SERVER_2019;
}

export const gigabytes = (megabytes: number): string => `${(megabytes / 1024).toFixed(megabytes < 102_400 ? 1 : 0)} GB`;
