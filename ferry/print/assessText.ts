// Prints an assessment on a terminal: a summary, blocking findings first, which databases move together, and quiet
// hours.
import { releaseName } from "../../shared/migration/sqlServerRelease.ts";
import { type Assessment, bySeverity, countsOf, type SourceDatabase } from "../../shared/source/assessment.ts";
import type { Finding } from "../../shared/source/finding.ts";
import { type Group, groupsOf } from "../../shared/source/groups.ts";
import { quietHours } from "../../shared/source/quietHours.ts";
import { majorOfVersion } from "../../shared/source/rules/targetRules.ts";
import { printable, sizeText, table } from "./print.ts";

/** Does anything stop a database, in one mode at least? */
export const blocks = (assessments: readonly Assessment[]): boolean =>
  assessments.some(({ instance, databases }) =>
    [instance, ...databases.map(({ findings }) => findings)].some((findings) => countsOf(findings).blocks > 0),
  );

export function assessText(assessments: readonly Assessment[], notes: readonly string[]): string {
  const parts = assessments.map((one) =>
    [
      `${headline(one)}\n\n${summary(one)}`,
      ...[{ name: "The server itself", findings: one.instance }, ...one.databases].flatMap(details),
      ...groupLines(one),
      ...quietLines(one),
    ].join("\n\n"),
  );
  return [...parts, ...notes.map(printable)].join("\n\n");
}

/** "SRC01, SQL Server 2016 Enterprise, as of 2026-01-20 12:00 UTC". */
export function headline({ server, productVersion, edition, takenAt }: Assessment): string {
  const major = majorOfVersion(productVersion);
  const release = [major === undefined ? "" : releaseName(major), edition ?? ""]
    .filter((word) => word !== "")
    .join(" ");
  const when = takenAt === "" ? "" : `as of ${takenAt.slice(0, 16).replace("T", " ")} UTC`;
  const parts = [serverName(server), release, when].filter((part) => part !== "");
  return printable(parts.join(", "));
}

const serverName = (server: string): string => (server === "" ? "Unknown server" : server);

/** Nothing in an encrypted file names its database. */
export const databaseName = ({ name }: Pick<SourceDatabase, "name">): string =>
  name === "" ? "(encrypted files)" : name;

const summary = ({ databases }: Assessment): string =>
  table(
    ["database", "size", "blocks", "act", "info", "unknown"],
    databases.map((one) => {
      const { blocks, act, info, unknown } = countsOf(one.findings);
      return [databaseName(one), sizeOf(one), ...[blocks, act, info, unknown].map(String)];
    }),
  );

export const sizeOf = ({ sizeMb }: SourceDatabase): string => (sizeMb === undefined ? "" : sizeText(sizeMb * 2 ** 20));

/** What was found, and what may be: unknown with a reason to look. */
export const toldOf = (findings: readonly Finding[]): readonly Finding[] =>
  findings
    .filter(({ outcome, objects }) => outcome === "found" || (outcome === "unknown" && objects !== undefined))
    .toSorted(bySeverity);

/** "BLOCKS online", "act", "perhaps BLOCKS". */
export const weightOf = ({ outcome, severity, mode }: Finding): string =>
  [outcome === "unknown" ? "perhaps" : "", severity === "blocks" ? "BLOCKS" : severity, mode ?? ""]
    .filter((word) => word !== "")
    .join(" ");

function details(one: Pick<SourceDatabase, "name" | "findings">): string[] {
  const told = toldOf(one.findings);
  const unknown = one.findings.filter((finding) => finding.outcome === "unknown" && !told.includes(finding));
  if (told.length + unknown.length === 0) return [];
  const lines = told.flatMap((finding) => {
    const errors = finding.sqlErrors ? ` (SQL Server: ${finding.sqlErrors.join(", ")})` : "";
    return [
      `  ${weightOf(finding)}  ${finding.check} ${finding.title}: ${observedOf(finding)}`,
      `      ${finding.message}${errors}`,
      ...(finding.remedy === "" ? [] : [`      -> ${finding.remedy}`]),
    ];
  });
  const rest = unknown.length > 0 ? [`  unknown: ${unknownText(unknown)}`] : [];
  return [[databaseName(one), ...lines, ...rest].map(printable).join("\n")];
}

/** What would block comes first and by its name, the many others by their numbers. */
function unknownText(unknown: readonly Finding[]): string {
  const sorted = unknown.toSorted(bySeverity);
  const named = sorted.slice(0, MOST_NAMES).map(({ check, title }) => `${check} ${title}`);
  const others = sorted.slice(MOST_NAMES).map(({ check }) => check);
  return [...named, ...(others.length > 0 ? [`and ${others.length} more: ${others.join(" ")}`] : [])].join(", ");
}

const MOST_NAMES = 8;

export function observedOf({ observed, objects = [] }: Finding): string {
  const more = objects.length - MOST_NAMES;
  const names = [...objects.slice(0, MOST_NAMES), ...(more > 0 ? [`and ${more} more`] : [])];
  return names.length > 0 ? `${observed} (${names.join(", ")})` : observed;
}

const isUnknownReference = ({ check, outcome }: Finding): boolean => check === "S74" && outcome === "unknown";

/** A line per group, and one that says whether there may be more. */
export function groupTexts({ databases }: Assessment): readonly string[] {
  const blind = databases.filter(({ findings }) => findings.some(isUnknownReference)).length;
  const rest = blind > 0 ? [`of ${blind} databases not all modules were looked at: there may be more`] : [];
  return [...groupsOf(databases).map(groupText), ...rest];
}

const groupText = ({ databases, missing }: Group): string =>
  `${databases.join(", ")}${missing.length > 0 ? `; named by them and not looked at: ${missing.join(", ")}` : ""}`;

function groupLines(assessment: Assessment): string[] {
  const lines = groupTexts(assessment);
  return lines.length > 0 ? [["Move together:", ...lines.map((line) => `  ${line}`)].map(printable).join("\n")] : [];
}

export function quietText(one: SourceDatabase): string | undefined {
  const quiet = one.logByHour && quietHours(one.logByHour);
  if (quiet === undefined) return undefined;
  const hour = (at: number): string => `${String(at).padStart(2, "0")}:00`;
  return (
    `${databaseName(one)}: ${hour(quiet.from)} to ${hour(quiet.to)} (${sizeText(quiet.bytes)} of log an hour; ` +
    `${hour(quiet.peakHour)} has ${sizeText(quiet.peakBytes)}), source time, by ${quiet.days} days`
  );
}

function quietLines({ databases }: Assessment): string[] {
  const lines = databases.flatMap((one) => quietText(one) ?? []);
  return lines.length > 0
    ? [["Quiet hours for the cutover:", ...lines.map((line) => `  ${line}`)].map(printable).join("\n")]
    : [];
}
