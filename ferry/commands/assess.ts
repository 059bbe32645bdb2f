// Implements `ferry assess`: finds what would stop databases on their way to a VM, from the server, backups or reports,
// before any upload.
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { relative } from "node:path";
import { majorOf, SQL_SERVER_2008 } from "../../shared/migration/sqlServerRelease.ts";
import { type Assessment, assess as judged } from "../../shared/source/assessment.ts";
import { type BackupFile, factsOfBackups } from "../../shared/source/backupFacts.ts";
import type { TargetFacts } from "../../shared/source/facts.ts";
import { joined } from "../../shared/source/joined.ts";
import { apiOf } from "../api.ts";
import { readReport } from "../assessing/assessReport.ts";
import { partialOf } from "../assessing/partialFile.ts";
import { publishAssessments, publishedText } from "../assessing/publishAssessment.ts";
import { redactAssessments } from "../assessing/redactAssessment.ts";
import { connectOptions, SERVER_OPTIONS, SERVER_USAGE } from "../assessing/sourceServer.ts";
import { type Command, type Given, oneOf, usageError } from "../command.ts";
import { EXIT, type ExitCode, FerryError } from "../exit.ts";
import { decoded } from "../exports/exportRows.ts";
import { filesBelow } from "../files/folder.ts";
import { assessHtml } from "../print/assessHtml.ts";
import { assessText, blocks } from "../print/assessText.ts";
import { jsonOf, print, printJson } from "../print/print.ts";
import { inspectFile } from "./inspect.ts";

const EDITIONS = ["Enterprise", "Developer", "Standard", "Web", "Express"] as const;

export const assess: Command = {
  usage:
    `assess [FOLDER|FILE...] [${SERVER_USAGE}] [--database NAME...] [--from REPORT.json...] [--save FILE.json] [--login-script 2022] ` +
    "[--target-vm RESOURCE_ID] [--target-version 2022] [--target-edition Standard] [--target-collation NAME] [--target-free-gb N] [--upload-mbps N] [--json] [--html REPORT.html] [--redact] [--publish] [--api URL]",
  summary:
    "what would stop these databases on their way to a VM: asked of a server (read only), of backups, an official assessment, or an earlier one of ours; exit code 2 when something blocks",
  usageExit: EXIT.usageOfAssess,
  options: {
    ...SERVER_OPTIONS,
    database: { type: "string", multiple: true },
    save: { type: "string" },
    "login-script": { type: "string" },
    from: { type: "string", multiple: true },
    "target-vm": { type: "string" },
    "target-version": { type: "string" },
    "target-edition": { type: "string" },
    "target-collation": { type: "string" },
    "target-free-gb": { type: "string" },
    "upload-mbps": { type: "string" },
    json: { type: "boolean" },
    html: { type: "string" },
    redact: { type: "boolean" },
    publish: { type: "boolean" },
    api: { type: "string" },
  },
  run: async (given) => {
    const release = given.text("login-script");
    if (release !== undefined) return printLoginScript(release);
    const reports = given.texts("from");
    const server = given.text("server");
    if (given.operands.length === 0 && reports.length === 0 && server === undefined)
      throw usageError(assess, "Which server (--server), which backups, or which report (--from)?");
    if (given.flag("publish") && given.flag("redact"))
      throw usageError(assess, "--publish needs the names that --redact takes away: it joins databases by them.");
    const target = targetOf(given);
    const save = given.text("save");
    const looks: Assessment[] = [];
    const notes: string[] = [];
    if (server !== undefined) {
      const options = await connectOptions(assess, given, server);
      const { readServer } = await import("../assessing/assessServer.ts");
      looks.push(judged(await readServer({ options, databases: given.texts("database"), save }), target));
    }
    for (const path of reports) {
      const { assessments, otherFeatures } = readReport(path, decoded(await bytesOf(path)), target);
      looks.push(...assessments);
      if (otherFeatures.length > 0)
        notes.push(`${path} names what matters for other targets only: ${otherFeatures.join(", ")}.`);
    }
    const { files, unread } = await backupsBelow(given.operands);
    looks.push(...factsOfBackups(files).map((facts) => judged(facts, target)));
    notes.push(...unread);
    if (looks.length === 0)
      throw new FerryError(
        EXIT.failed,
        [
          "There is nothing to assess: no backup was found. Name a folder or files of backups (.bak, .dif, .trn), a report (--from), or the server itself (--server).",
          ...notes,
        ].join("\n"),
      );
    const whole = joined(looks);
    const assessments = given.flag("redact") ? redactAssessments(whole) : whole;
    const told = given.flag("redact") ? [] : notes;
    const html = given.text("html");
    if (html !== undefined) await writeFile(html, assessHtml(assessments, told));
    if (save !== undefined) {
      await writeFile(save, jsonOf({ assessments, notes: told }));
      await rm(partialOf(save), { force: true });
    }
    if (!given.flag("json")) print(assessText(assessments, told));
    const published = given.flag("publish") ? await publishAssessments(apiOf(given), assessments) : undefined;
    if (given.flag("json")) printJson({ assessments, notes: told, ...(published && { published }) });
    else if (published) print(`\n${publishedText(published)}`);
    return blocks(assessments) ? EXIT.blocked : EXIT.done;
  },
};

async function printLoginScript(release: string): Promise<ExitCode> {
  const major = majorOf(release);
  if (major === undefined || major < SQL_SERVER_2008)
    throw usageError(assess, `--login-script takes the source's release from 2008 on, like 2019, not "${release}".`);
  const { loginScript } = await import("../../shared/sqlserver/loginScript.ts");
  print(loginScript(major));
  return EXIT.done;
}

const SQL_VM =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.SqlVirtualMachine\/sqlVirtualMachines\/[^/]+$/i;

function targetOf(given: Given): TargetFacts {
  const version = given.text("target-version");
  const versionMajor = majorOf(version);
  if (version !== undefined && versionMajor === undefined)
    throw usageError(assess, `--target-version is a release of SQL Server like 2022, not "${version}".`);
  const sqlVmResourceId = given.text("target-vm");
  if (sqlVmResourceId !== undefined && !SQL_VM.test(sqlVmResourceId))
    throw usageError(
      assess,
      `--target-vm is the resource id of a SQL virtual machine, /subscriptions/.../sqlVirtualMachines/NAME, not "${sqlVmResourceId}".`,
    );
  const edition = oneOf(assess, given, "target-edition", EDITIONS);
  const collation = given.text("target-collation");
  const freeGb = numberOf(given, "target-free-gb");
  const megabits = numberOf(given, "upload-mbps");
  return {
    ...(sqlVmResourceId !== undefined && { sqlVmResourceId }),
    ...(versionMajor !== undefined && { versionMajor }),
    ...(edition !== undefined && { edition }),
    ...(collation !== undefined && { collation }),
    ...(freeGb !== undefined && { freeMb: freeGb * 1024 }),
    ...(megabits !== undefined && { uploadBytesPerSecond: (megabits * 1e6) / 8 }),
  };
}

function numberOf(given: Given, option: string): number | undefined {
  const value = given.text(option);
  if (value === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(value)) throw usageError(assess, `--${option} is a number, not "${value}".`);
  return Number(value);
}

/** Files that are no backups are told, and are not the end. */
async function backupsBelow(paths: readonly string[]): Promise<{ files: BackupFile[]; unread: string[] }> {
  const files: BackupFile[] = [];
  const unread: string[] = [];
  for (const path of paths)
    for (const { path: place, name } of await found(path, () => filesBelow(path))) {
      const file = relative(path, place) || name;
      const one = await inspectFile(place);
      if (!("error" in one)) files.push({ file, header: one });
      else if (one.error.encrypted !== undefined) files.push({ file, encrypted: one.error.encrypted });
      else unread.push(`${file} was not read: ${one.error.message}`);
    }
  return { files, unread };
}

async function bytesOf(path: string): Promise<Uint8Array> {
  const there = await found(path, () => stat(path));
  if (there.isDirectory()) throw new FerryError(EXIT.failed, `"${path}" is a folder; a report is a file of JSON.`);
  return readFile(path);
}

async function found<Result>(path: string, look: () => Promise<Result>): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new FerryError(EXIT.notFound, `There is no file or folder "${path}".`);
  }
}
