// Checks whether DMS and the target can restore the backup files.
import type { BackupSetHeader } from "../backup/backupHeader.ts";
import type { BackupRecord } from "../chain/backupRecord.ts";
import type { Check } from "../migration/migration.ts";
import { placeOf } from "../migration/placement.ts";
import { releaseName, SQL_SERVER_2008, SQL_SERVER_2014 } from "../migration/sqlServerRelease.ts";
import type { PreflightCheckId } from "../migration/words.ts";
import { beyondThePlan } from "../start/planRefusals.ts";
import { canStart, heldBy } from "../start/startPolicy.ts";
import { certificates } from "./certificates.ts";
import { check, type Finding, NO_PLAN } from "./check.ts";
import type { PreflightFacts } from "./preflight.ts";
import { targetMajor } from "./targetChecks.ts";

/** What these checks look at: no more than the files, and what is known of the target's version. */
export type FileCheckFacts = Pick<
  PreflightFacts,
  "mode" | "source" | "report" | "records" | "requireChecksum" | "passedOver" | "versionMajor"
> & { readonly vm: Pick<PreflightFacts["vm"], "versionMajor"> };

/** On a share nothing can be seen before the integration runtime uploads it: DMS itself is the first to look. */
export const fileChecks = (facts: FileCheckFacts): Check[] =>
  CHECKS.map(({ id, source, remedy, judge }) =>
    check(
      id,
      source,
      remedy,
      facts.source.fileShare === undefined
        ? judge(facts)
        : skip("The files on a share are not visible before DMS reads them."),
    ),
  );

interface FileCheck {
  readonly id: PreflightCheckId;
  readonly source: string;
  readonly remedy: string;
  /**
   * Told by `ferry plan` and POST /plan as well, which know the files, and nothing of their container or of a start.
   */
  readonly inDryRun: boolean;
  judge(facts: FileCheckFacts): Finding;
}

const CHECKS: readonly FileCheck[] = [
  { id: "P10", source: "BlobType", remedy: "Upload again as the named blob kind.", inDryRun: false, judge: blobKind },
  {
    id: "P11",
    source: "blob names",
    remedy: "Move the files into one flat folder per database; DMS may stumble over folders below it.",
    inDryRun: false,
    judge: layout,
  },
  { id: "P12", source: "blob names", remedy: "Rename the files at the source.", inDryRun: false, judge: names },
  {
    id: "P13",
    source: "backup chain",
    remedy:
      "One database per folder, as proposed. A folder and target of other names than the database are confirmed: ferry start --source-database NAME.",
    inDryRun: false,
    judge: oneDatabase,
  },
  {
    id: "P14",
    source: "backup chain",
    remedy: "See the migration's gaps and files for what is missing.",
    inDryRun: true,
    judge: chain,
  },
  {
    id: "P15",
    source: "lastBackupName",
    remedy: "Upload what the chain is missing.",
    inDryRun: false,
    judge: lastBackup,
  },
  {
    id: "P16",
    source: "backup headers",
    remedy:
      "Take a new full backup, or a differential if no full backup is among them, to a file of its own, and each later backup as well.",
    inDryRun: true,
    judge: oneSetPerFile,
  },
  {
    id: "P17",
    source: "SoftwareVersionMajor",
    remedy: "Choose a target at least as new as the source.",
    inDryRun: true,
    judge: versionOrder,
  },
  {
    id: "P18",
    source: "HasBackupChecksums, IsDamaged",
    remedy: "Back up WITH CHECKSUM.",
    inDryRun: true,
    judge: integrity,
  },
  {
    id: "P19",
    source: "backup headers",
    remedy:
      "If the database is encrypted at the source (sys.databases.is_encrypted), restore its certificate on the VM first: DMS names the thumbprint that it misses.",
    inDryRun: true,
    judge: (facts) =>
      certificates(
        planFiles(facts).flatMap(({ sets }) => sets),
        facts.records,
        named,
      ),
  },
  {
    id: "P21",
    source: "backup headers",
    remedy:
      "If the database is contained, enable contained database authentication on the VM; drop full-text catalogs of the old kind.",
    inDryRun: true,
    judge: () => ({
      outcome: "unknown",
      observed: "not read",
      message: "Containment and full-text catalogs cannot be read from the backups.",
    }),
  },
  {
    id: "P26",
    source: "RecoveryModel",
    remedy: "Use offline mode, or switch to the full recovery model and take a new full backup.",
    inDryRun: true,
    judge: recoveryModel,
  },
  {
    id: "P27",
    source: "backup chain",
    remedy: "Stop writes and take the final log WITH NORECOVERY.",
    inDryRun: true,
    judge: sourceClosed,
  },
];

export const DRY_RUN_CHECKS: readonly Check["id"][] = CHECKS.filter(({ inDryRun }) => inDryRun).map(({ id }) => id);

const skip = (message: string): Finding => ({ outcome: "skip", observed: "", message });

interface PlanFile {
  readonly record: BackupRecord;
  readonly sets: readonly BackupSetHeader[];
}

/** The files of the plan, with their headers. */
function planFiles({ report, records }: FileCheckFacts): PlanFile[] {
  const inPlan = new Set(report.plan.flatMap(({ files }) => files));
  return records
    .filter(({ name }) => inPlan.has(name))
    .map((record) => ({ record, sets: record.content.kind === "header" ? record.content.backupSets : [] }));
}

/** The first names, and how many more there are. */
export const named = (files: readonly (PlanFile | BackupRecord)[]): string =>
  shortList(files.map((file) => ("record" in file ? file.record.name : file.name)));

const shortList = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;

/** SQL Server 2012 and 2014 read page blobs only; later ones page and block blobs. */
function blobKind(facts: FileCheckFacts): Finding {
  const files = planFiles(facts);
  const major = targetMajor(facts);
  const kinds = [...new Set(files.map(({ record }) => record.blobType))].sort();
  const isOld = major !== undefined && major <= SQL_SERVER_2014;
  const wrong = files.filter(
    ({ record: { blobType } }) => blobType === "AppendBlob" || (isOld && blobType !== "PageBlob"),
  );
  if (wrong.length > 0)
    return {
      outcome: "fail",
      observed: kinds.join(", "),
      message: `${major === undefined ? "The target" : releaseName(major)} does not restore from these blobs: ${named(wrong)}. It needs ${isOld ? "page blobs" : "block or page blobs"}.`,
    };
  if (files.length === 0) return NO_PLAN;
  if (major === undefined)
    return {
      outcome: "unknown",
      observed: kinds.join(", "),
      message: "Which blobs the target reads depends on its version.",
    };
  return { outcome: "pass", observed: kinds.join(", "), message: `${releaseName(major)} restores from these blobs.` };
}

/** A nested file is not used and holds nothing up; what DMS makes of it is not evidenced. */
function layout({ records }: FileCheckFacts): Finding {
  const nested = records.filter(({ name }) => placeOf(name).isNested);
  return {
    outcome: nested.length === 0 ? "pass" : "warn",
    observed: `${records.length} files, ${nested.length} nested`,
    message: nested.length === 0 ? "The folder is flat." : `These files lie in folders of their own: ${named(nested)}.`,
  };
}

const LONGEST_NAME = 260;

function names({ records }: FileCheckFacts): Finding {
  const odd = records.filter(({ name }) => /[%$]/.test(name) || name.length > LONGEST_NAME);
  return {
    outcome: odd.length === 0 ? "pass" : "warn",
    observed: `${odd.length} of ${records.length}`,
    message:
      odd.length === 0
        ? "The files' names are plain."
        : `% or $ in a name, or more than ${LONGEST_NAME} characters, may be refused: ${named(odd)}.`,
  };
}

function oneDatabase({ report: { verdict, databases, database, problems } }: FileCheckFacts): Finding {
  const otherName = problems.find(({ code }) => code === "OTHER_NAME");
  return {
    outcome: verdict === "mixed" || otherName ? "fail" : "pass",
    observed: databases?.map(({ name }) => name).join(", ") ?? database?.databaseName ?? "none yet",
    message:
      verdict === "mixed"
        ? "The folder holds several databases."
        : (otherName?.message ?? "The folder holds one database."),
  };
}

function chain({ report, passedOver }: FileCheckFacts): Finding {
  const isWhole = report.verdict === "restorable";
  const isShort = isWhole && report.unusableNewer.length > 0;
  const mayGoOn = canStart(report, passedOver) || heldBy(report, passedOver) === "reading"; // the start waits for those
  const observed = report.forkAmbiguous ? `${report.verdict}, on one of several recovery forks` : report.verdict;
  return {
    outcome: !mayGoOn ? "fail" : isWhole && !isShort ? "pass" : "warn",
    observed: isShort ? `${observed}, ${report.unusableNewer.length} unusable beyond` : observed,
    message: isShort
      ? beyondThePlan(report)
      : isWhole && !report.forkAmbiguous
        ? `The plan of ${report.plan.length} backup set${report.plan.length === 1 ? "" : "s"} is whole.`
        : `The chain is ${observed}.`,
  };
}

/**
 * DMS wants the bare name of the newest file; the chain names it, which may be an empty log behind the plan's last
 * member.
 */
function lastBackup({ report: { lastBackupName, unusableNewer }, mode }: FileCheckFacts): Finding {
  if (mode === "online") return skip("An online migration names no last backup.");
  if (lastBackupName === undefined)
    return { outcome: "fail", observed: "none", message: "There is no plan, so no file to name as the last one." };
  const message = `The newest file of the plan is ${lastBackupName}.`;
  if (unusableNewer.length === 0) return { outcome: "pass", observed: lastBackupName, message };
  const beyond = shortList(unusableNewer.map(({ file }) => file));
  return { outcome: "warn", observed: lastBackupName, message: `${message} Beyond it, and not restored: ${beyond}.` };
}

function oneSetPerFile(facts: FileCheckFacts): Finding {
  const appended = facts.records.filter(({ content }) => content.kind === "header" && content.backupSets.length > 1);
  const inPlan = planFiles(facts).some(({ record }) => appended.includes(record));
  return {
    outcome: appended.length === 0 ? "pass" : inPlan ? "fail" : "warn",
    observed: `${appended.length} files with several sets`,
    message:
      appended.length === 0
        ? "Every file holds one backup."
        : `Several backups were appended to ${named(appended)}; DMS does not restore such files.`,
  };
}

function versionOrder(facts: FileCheckFacts): Finding {
  const told = planFiles(facts).flatMap(({ sets }) => sets.map(({ softwareVersionMajor }) => softwareVersionMajor));
  const majors = told.filter((major) => major > 0); // an export may not tell it
  const target = targetMajor(facts);
  if (majors.length === 0)
    return told.length === 0
      ? NO_PLAN
      : {
          outcome: "unknown",
          observed: "not reported",
          message: "The headers do not tell the source's version.",
          remedy: "Export SoftwareVersionMajor (software_major_version) as well.",
        };
  const [oldest, newest] = [Math.min(...majors), Math.max(...majors)];
  const observed = `${releaseName(newest)} to ${target === undefined ? "an unknown version" : releaseName(target)}`;
  if (oldest < SQL_SERVER_2008)
    return {
      outcome: "fail",
      observed,
      message: `${releaseName(oldest)} is older than DMS takes: SQL Server 2008 at least.`,
      remedy: "Restore it on a later version first, SQL Server 2012 for instance, and back it up there.",
    };
  if (target === undefined) return { outcome: "unknown", observed, message: "The target's version is not known." };
  return {
    outcome: newest <= target ? "pass" : "fail",
    observed,
    message:
      newest <= target
        ? "The target is not older than the source."
        : `The target (${releaseName(target)}) does not restore what ${releaseName(newest)} wrote.`,
  };
}

function integrity(facts: FileCheckFacts): Finding {
  const files = planFiles(facts);
  const damaged = files.filter(({ sets }) => sets.some(({ isDamaged }) => isDamaged));
  if (damaged.length > 0)
    return {
      outcome: "fail",
      observed: `${damaged.length} damaged`,
      message: `Taken WITH CONTINUE_AFTER_ERROR from a damaged database: ${named(damaged)}.`,
      remedy:
        "Find the damage with DBCC CHECKDB, mend it (from a sound backup, if there is one), and take a new full backup.",
    };
  const bare = files.filter(({ sets }) => sets.some(({ hasBackupChecksums }) => !hasBackupChecksums));
  return {
    outcome: bare.length === 0 ? "pass" : facts.requireChecksum ? "fail" : "warn",
    observed: `${bare.length} of ${files.length} without checksums`,
    message:
      bare.length === 0
        ? "Every backup of the plan has checksums."
        : `Without checksums a damaged file shows only when it is restored: ${named(bare)}.`,
  };
}

/** In the simple recovery model there are no log backups: an online migration would never see a change. */
function recoveryModel(facts: FileCheckFacts): Finding {
  if (facts.mode === "offline") return skip("An offline migration needs no log backups.");
  const models = planFiles(facts).flatMap(({ sets }) => sets.flatMap((set) => set.recoveryModel ?? []));
  if (models.length === 0)
    return { outcome: "unknown", observed: "not reported", message: "The recovery model is not known." };
  const isSimple = models.includes("SIMPLE");
  return {
    outcome: isSimple ? "fail" : "pass",
    observed: [...new Set(models)].join(", "),
    message: isSimple
      ? "The source is in the simple recovery model: it has no log backups."
      : "The source takes log backups.",
  };
}

function sourceClosed({ report, mode }: FileCheckFacts): Finding {
  if (mode === "online") return skip("The source of an online migration stays open until the cutover.");
  return {
    outcome: report.closed ? "pass" : "warn",
    observed: report.closed ? "tail log" : "no tail log",
    message: report.closed
      ? "A tail log WITH NORECOVERY ends the plan: the source is closed."
      : "Nothing shows that the source is closed: what is written after the last backup is lost.",
  };
}
