// ferry drop: how do the backups of one database get on their way? Registered if need be, uploaded, and for offline declared complete.
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, accepted, apiOf, type Files, isProblem, type MigrationLine } from "./api.ts";
import { API_OPTIONS, type Command, oneOf, onlyOperand, seconds, usageError } from "./command.ts";
import { containerOf, lookAt } from "./destination.ts";
import { EXIT, type ExitCode, FerryError } from "./exit.ts";
import { type Compared, compareAll } from "./filesThere.ts";
import { equalNames, filesBelow, type LocalFile } from "./folder.ts";
import { print, printable, sizeText } from "./print.ts";
import { progressOn } from "./progressBar.ts";
import { uploadAll } from "./upload.ts";

export const drop: Command = {
  usage:
    "drop FOLDER --database NAME [--mode online|offline] [--vm RESOURCE_ID] [--connection URL|CONNECTION_STRING] [--container NAME] [--overwrite] [--timeout SECONDS]",
  summary: "upload the backups in FOLDER, at any depth, and register the migration if there is none",
  options: {
    api: API_OPTIONS.api,
    database: { type: "string" },
    mode: { type: "string" },
    vm: { type: "string" },
    connection: { type: "string" },
    container: { type: "string" },
    overwrite: { type: "boolean" },
    timeout: { type: "string" },
  },
  run: async (given) => {
    const folder = onlyOperand(drop, given);
    const database = given.text("database");
    if (database === undefined) throw usageError(drop, "Which database? --database NAME is also its folder's name.");
    const mode = oneOf(drop, given, "mode", ["online", "offline"]);
    const files = await backupsIn(folder);
    const timeoutSeconds = seconds(drop, given, "timeout", 600);

    const container = await containerOf(given);
    await lookAt(container, `${database}/${files[0]?.name}`);
    const compared = await compareAll(container, database, files);
    if (!given.flag("overwrite")) refuseToReplace(database, compared);
    const api = apiOf(given);
    // Registered first: a draft that its first file makes has the mode of the settings, and online it may start at once.
    const migration = await register(api, database, mode, given.text("vm"));
    const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    await uploadAll(container, database, compared, progressOn(process.stdout, bytes));
    if (mode === "offline") return allFilesAreHere(api, migration.migrationId, files, timeoutSeconds);
    print(`${files.length} files are in the folder ${database}. See: ferry show ${migration.migrationId}`);
    return EXIT.done;
  },
};

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

/** The folder's migration, created if there is none. Refused when it is there in the other mode. */
async function register(
  api: Api,
  database: string,
  mode: "online" | "offline" | undefined,
  vm: string | undefined,
): Promise<MigrationLine> {
  const answer = await api.post<MigrationLine>("/migrations", {
    source: { folder: database },
    target: { databaseName: database, ...(vm !== undefined && { sqlVmResourceId: vm }) },
    ...(mode !== undefined && { mode }),
  });
  if (answer.ok || !isProblem(answer, "already-exists") || answer.problem.migrationId === undefined)
    return accepted(answer);
  const there = await api.get<MigrationLine>(`/migrations/${answer.problem.migrationId}`);
  if (mode !== undefined && there.mode !== mode)
    throw new FerryError(EXIT.refused, `The migration ${there.migrationId} is there already, and it is ${there.mode}.`);
  return there;
}

/** Waits until every file has its verdict, then gives the word to start, bound to the plan that these files make. */
async function allFilesAreHere(
  api: Api,
  migrationId: string,
  files: readonly LocalFile[],
  timeoutSeconds: number,
): Promise<ExitCode> {
  const deadline = Date.now() + 1_000 * timeoutSeconds;
  for (;;) {
    const { planVersion, items } = await api.get<Files>(`/migrations/${migrationId}/files`);
    const judged = new Set(
      items
        .filter(({ verdict }) => verdict !== undefined && verdict !== "reading")
        .map(({ name }) => name.split("/").at(-1)),
    );
    const unread = files.filter(({ name }) => !judged.has(name));
    if (unread.length === 0) {
      const answer = await api.post<{ detail?: string }>(`/migrations/${migrationId}/start`, {}, planVersion);
      if (!isProblem(answer, "plan-changed")) {
        print(accepted(answer).detail ?? "All files are here: the migration starts.");
        return EXIT.done;
      }
    }
    if (Date.now() > deadline) {
      print(`Still waiting for a verdict on ${unread.length} files, for instance ${unread[0]?.name ?? "none"}.`);
      return EXIT.stillWaiting;
    }
    await sleep(500);
  }
}
