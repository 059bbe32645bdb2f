// Implements `ferry upload`: registers a database if need be, uploads its backups, and declares them complete for an
// offline migration.
import { setTimeout as sleep } from "node:timers/promises";
import type { MigrationDetails, MigrationLine } from "../../shared/api/answers/migrations.ts";
import { BackupChangedError } from "../../shared/backup/byteSource.ts";
import { databaseKey, isCalledAfter } from "../../shared/chain/files/identity.ts";
import { bareName } from "../../shared/dryRun/recordNames.ts";
import { type Answer, type Api, accepted, allFiles, apiOf, isProblem } from "../api.ts";
import { isTerminal, saysYes } from "../ask.ts";
import { API_OPTIONS, type Command, oneOf, onlyOperand, seconds, usageError } from "../command.ts";
import { EXIT, type ExitCode, FerryError } from "../exit.ts";
import { containerOf, lookAt } from "../files/destination.ts";
import { type Compared, compareAll } from "../files/filesThere.ts";
import { equalNames, filesBelow, type LocalFile } from "../files/folder.ts";
import { inspectSource } from "../files/inspected.ts";
import { withFile } from "../files/localFile.ts";
import { uploadAll } from "../files/upload.ts";
import { certificateNotice } from "../print/certificateNotice.ts";
import { countOf, print, printable, sizeText } from "../print/print.ts";
import { progressOn } from "../print/progressBar.ts";
import { askToStart, tellOpenEnd } from "./start.ts";

export const upload: Command = {
  usage:
    "upload FOLDER --database NAME [--mode online|offline] [--vm RESOURCE_ID] [--source-database NAME] [--connection URL|CONNECTION_STRING] [--container NAME] [--overwrite] [--yes] [--timeout SECONDS]",
  summary: "upload the backups in FOLDER, at any depth, and register the migration if there is none",
  options: {
    api: API_OPTIONS.api,
    database: { type: "string" },
    mode: { type: "string" },
    vm: { type: "string" },
    "source-database": { type: "string" },
    connection: { type: "string" },
    container: { type: "string" },
    overwrite: { type: "boolean" },
    yes: { type: "boolean" },
    timeout: { type: "string" },
  },
  run: async (given) => {
    const folder = onlyOperand(upload, given);
    const database = given.text("database");
    if (database === undefined) throw usageError(upload, "Which database? --database NAME is also its folder's name.");
    const mode = oneOf(upload, given, "mode", ["online", "offline"]);
    const files = await backupsIn(folder);
    const sourceDatabaseName = given.text("source-database") ?? (await confirmedName(folder, database, files));
    const timeoutSeconds = seconds(upload, given, "timeout", 600);

    const container = await containerOf(given);
    await lookAt(container, `${database}/${files[0]?.name}`);
    const compared = await compareAll(container, database, files);
    if (!given.flag("overwrite")) refuseToReplace(database, compared);
    const notice = await certificateNotice(files);
    if (notice !== undefined) print(notice);
    const api = apiOf(given);
    // Registered first: a draft that its first file makes has the mode of the settings, and online it may start at
    // once.
    const migration = await register(api, {
      database,
      mode,
      vm: given.text("vm"),
      sourceDatabaseName,
    });
    const sent = compared.filter(({ there }) => there !== "the same").length;
    if (migration.state === "succeeded" && sent > 0) throw tooLate(migration, sent);
    const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    await uploadAll(container, database, compared, progressOn(process.stdout, bytes));
    const there = files.length - sent;
    print(`${countOf(sent, "file")} uploaded to the folder ${database}${there > 0 ? `, ${there} there already` : ""}.`);
    if (mode === "offline" && !hasEnded(migration))
      return allFilesAreHere(api, migration, files, {
        sourceDatabaseName,
        timeoutSeconds,
        isDecided: given.flag("yes"),
      });
    return toldState(migration);
  },
};

/** No run is under way, or it is about to end: nothing starts by itself. */
const hasEnded = ({ state }: Pick<MigrationLine, "state">): boolean =>
  ["succeeded", "failed", "canceled", "canceling", "preflightFailed"].includes(state);

/** Before anything is sent: what arrives now is never restored. */
const tooLate = ({ migrationId }: Pick<MigrationLine, "migrationId">, count: number): FerryError =>
  new FerryError(
    EXIT.refused,
    `The migration ${migrationId} has succeeded: its database is online on the target and takes no further backup. ${count === 1 ? "One file here is" : `${count} files here are`} not in the folder yet; nothing was sent. To restore them, upload the whole chain under another name: --database OTHER_NAME.`,
  );

/** What becomes of the files, by the state that the migration was met in. */
function toldState(migration: MigrationLine | MigrationDetails): ExitCode {
  const { migrationId, state = "registered", mode, start } = migration;
  if (state === "succeeded") {
    print(`The migration ${migrationId} has succeeded: the database is online on the target.`);
    return EXIT.done;
  }
  if (hasEnded(migration)) throw new FerryError(EXIT.refused, restartNeeded(migrationId, state));
  const startsByItself = state === "waitingForChain" && mode === "online" && start !== "manual";
  const waitsForAWord = state === "waitingForChain" && (mode === "offline" || start === "manual");
  const word = `starts when you say so: ferry start ${migrationId}`;
  const next = startsByItself
    ? "; it starts by itself as soon as there is a full backup"
    : waitsForAWord
      ? `; ${mode === "offline" ? `unless a tail log ends the chain, it ${word}` : `it ${word}`}`
      : "";
  print(`The migration is ${state}${next}. See: ferry show ${migrationId}`);
  return EXIT.done;
}

const restartNeeded = (migrationId: string, state: string): string =>
  `The files are in the folder, and nothing starts: the migration is ${state}. ${state === "canceling" ? "Once it is canceled, begin" : "Begin"} another run: ferry restart ${migrationId}, with --vm RESOURCE_ID or --target-database NAME where the target was wrong.`;

/** A blob of the same name that is another backup may be all that there is of it. */
function refuseToReplace(database: string, compared: readonly Compared[]): void {
  const others = compared.filter(({ there }) => there === "something else");
  if (others.length === 0) return;
  const lines = others.map(({ file, sizeBytes = 0 }) =>
    printable(`  ${database}/${file.name} (${sizeText(sizeBytes)} there, ${sizeText(file.sizeBytes)} here)`),
  );
  throw new FerryError(
    EXIT.refused,
    `There is something else under these names; nothing was sent or registered:\n${lines.join("\n")}\nGive the files other names, or replace what is there with --overwrite.`,
  );
}

async function backupsIn(folder: string): Promise<readonly LocalFile[]> {
  const files = await filesBelow(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new FerryError(EXIT.notFound, `There is no folder "${folder}".`);
    throw error;
  });
  if (files.length === 0) throw new FerryError(EXIT.notFound, `There is no file in "${folder}".`);
  const equal = equalNames(files);
  if (equal.length > 0)
    throw new FerryError(
      EXIT.usage,
      `These would be one file in the database's folder; give them different names:\n${equal
        .map((same) => same.map(({ path }) => `  ${path}`).join("\n"))
        .join("\n")}`,
    );
  return files;
}

/** Of the backup sets in a file; none where its header cannot be read, or somebody still writes to it. */
async function databasesIn(path: string): Promise<readonly string[]> {
  const seen = await withFile(path, (source) => inspectSource(path, source)).catch((error: unknown) => {
    if (error instanceof BackupChangedError) return undefined;
    throw error;
  });
  return seen === undefined || "error" in seen ? [] : seen.backupSets.map(({ databaseName }) => databaseName);
}

interface Registration {
  /** Of the target, and of the folder. */
  readonly database: string;
  readonly mode: "online" | "offline" | undefined;
  readonly vm: string | undefined;
  /** Confirmed, where it is another one. */
  readonly sourceDatabaseName: string | undefined;
}

/**
 * Before terabytes are sent: are the backups of a database of another name, all of them? A person on the terminal is
 * asked whether that is meant; a script has to say so. Undefined: there is nothing to confirm. Files whose header
 * cannot be read tell nothing here.
 */
async function confirmedName(
  folder: string,
  database: string,
  files: readonly LocalFile[],
): Promise<string | undefined> {
  const names = new Map<string, string>();
  for (const { path } of files)
    for (const name of await databasesIn(path)) {
      if (isCalledAfter(database, name)) return undefined; // as nearly always: the first file tells
      names.set(databaseKey(name), name);
    }
  const [name, ...others] = names.values();
  if (name === undefined || others.length > 0) return undefined; // of several databases the folder's verdict tells
  const what = `All backups in ${folder} are of the database "${name}", and --database says "${database}".`;
  const isMeant = isTerminal() && (await saysYes(printable(`${what} Is that meant? Type yes: `)));
  if (isMeant) return name;
  throw new FerryError(
    EXIT.refused,
    printable(
      `${what} Nothing was sent or registered. If it is meant, say so with --source-database "${name}"; if not, name the right folder or database.`,
    ),
  );
}

/** The folder's migration, created if there is none. Refused when it is there in the other mode. */
async function register(
  api: Api,
  { database, mode, vm, sourceDatabaseName }: Registration,
): Promise<MigrationLine | MigrationDetails> {
  const answer = await api.post<MigrationLine>("/migrations", {
    source: { folder: database, ...(sourceDatabaseName !== undefined && { databaseName: sourceDatabaseName }) },
    target: { databaseName: database, ...(vm !== undefined && { sqlVmResourceId: vm }) },
    ...(mode !== undefined && { mode }),
  });
  if (answer.ok || !isProblem(answer, "already-exists") || answer.problem.migrationId === undefined)
    return accepted(answer, OPTION_OF);
  const there = await api.get<MigrationDetails>(`/migrations/${answer.problem.migrationId}`);
  if (mode !== undefined && there.mode !== mode)
    throw new FerryError(
      EXIT.refused,
      `The migration ${there.migrationId} is there already, and it is ${there.mode}. Nothing was sent. A migration keeps its mode: ${there.mode === "online" ? "upload without --mode, and cut it over with ferry cutover" : "upload with --mode offline"}; or take another name with --database for a migration that is ${mode}.`,
    );
  if (vm !== undefined && there.target?.sqlVmResourceId?.toLowerCase() !== vm.toLowerCase())
    throw new FerryError(EXIT.refused, otherVm(there, vm));
  return there;
}

/** Where each member of a registration comes from. */
const OPTION_OF = {
  "/source/folder": "--database",
  "/target/databaseName": "--database",
  "/target/sqlVmResourceId": "--vm",
  "/source/databaseName": "--source-database",
};

function otherVm(there: MigrationDetails, vm: string): string {
  const { migrationId, state, target } = there;
  const its = target?.sqlVmResourceId?.split("/").at(-1) ?? "no VM yet";
  const what = `The migration ${migrationId} is there already, ${state}, and its target is ${its}, not ${vm.split("/").at(-1)}. Nothing was sent.`;
  const restart = `ferry restart ${migrationId} --vm ${vm}`;
  if (state === "succeeded") return `${what} Its database is online there; take another name with --database.`;
  return hasEnded(there)
    ? `${what} Give it the other target, then upload without --vm: ${restart}`
    : `${what} To change it, cancel the run and restart it, then upload without --vm: ferry cancel ${migrationId} --reason TEXT --wait, then ${restart}`;
}

interface Word {
  readonly sourceDatabaseName: string | undefined;
  readonly timeoutSeconds: number;
  /** Nobody is asked about what the start leaves out. */
  readonly isDecided: boolean;
}

/** Waits until every file has its verdict, then gives the word to start, bound to the plan that these files make. */
async function allFilesAreHere(
  api: Api,
  { migrationId, state: met }: Pick<MigrationLine, "migrationId" | "state">,
  files: readonly LocalFile[],
  { sourceDatabaseName, timeoutSeconds, isDecided }: Word,
): Promise<ExitCode> {
  const deadline = Date.now() + 1_000 * timeoutSeconds;
  const names = new Set(files.map(({ name }) => name));
  let isTold = false;
  for (;;) {
    const { planVersion, items } = await allFiles(api, migrationId);
    const judged = items.filter(({ verdict }) => verdict !== undefined && verdict !== "reading");
    const read = new Set(judged.map(({ name }) => bareName(name)));
    const unread = [...names].filter((name) => !read.has(name));
    if (unread.length === 0) {
      const seen = await api.get<MigrationDetails>(`/migrations/${migrationId}`);
      if (seen.planVersion === planVersion) {
        if (!isTold) await tellOpenEnd(seen, { isDecided });
        isTold = true;
        const answer = await askToStart(api, migrationId, { sourceDatabaseName }, planVersion);
        if (!isProblem(answer, "plan-changed")) {
          const unused = judged.filter(({ name, verdict = "" }) => names.has(bareName(name)) && UNUSED.has(verdict));
          for (const { name, reason, remedy } of unused)
            console.error(printable(`Not used: ${bareName(name)} (${reason}). ${remedy ?? ""}`.trimEnd()));
          return saidToStart(answer, migrationId, met, files.length);
        }
      }
    }
    if (Date.now() > deadline) {
      const what =
        unread.length === 0
          ? "a plan that stays"
          : `a verdict on ${countOf(unread.length, "file")}, for instance ${unread[0]}`;
      print(`Still waiting for ${what}. Once they are there: ferry start ${migrationId}`);
      return EXIT.stillWaiting;
    }
    await sleep(500);
  }
}

const UNUSED: ReadonlySet<string> = new Set(["rejected", "notABackup"]);

/** A tail log among the files may have started it before the word was given: then there is nothing left to ask for. */
function saidToStart(
  answer: Answer<{ detail?: string }>,
  migrationId: string,
  met: string | undefined,
  count: number,
): ExitCode {
  const state = isProblem(answer, "not-startable") && !answer.ok ? answer.problem.state : undefined;
  if (state === undefined) {
    print(printable(accepted(answer).detail ?? "All files are here: the migration starts."));
    return EXIT.done;
  }
  if (hasEnded({ state }) && state !== "succeeded")
    throw new FerryError(EXIT.refused, restartNeeded(migrationId, state));
  const isBegun = met !== undefined && met !== "draft" && met !== "waitingForChain";
  print(
    `${count === 1 ? "The file is" : `All ${count} files are`} here, and the migration has started ${isBegun ? "before" : "by itself"}: it is ${state}. See: ferry show ${migrationId}`,
  );
  return EXIT.done;
}
