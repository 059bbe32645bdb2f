// Reads what the source needs and what the target's VM has, for checks P29 and P31.
import { identityOf, matchOf } from "../../assessed/assessedSource.ts";
import { assessmentIdOf } from "../../assessed/assessmentStore.ts";
import { UnreadableRowError } from "../../migration/faults.ts";
import type { Check, Migration } from "../../migration/migration.ts";
import type { Services } from "../../ports.ts";
import { type SeenSizing, sizeCheck, spaceCheck } from "../../sizing/sizeChecks.ts";
import { factsOfBackups } from "../../source/backupFacts.ts";
import { type AssessedFolder, recordsOf } from "../files/assessFolder.ts";

type WithTarget = Migration & Required<Pick<Migration, "target">>;

export async function targetSizeChecks(
  services: Services,
  migration: WithTarget,
  folder: AssessedFolder,
): Promise<readonly Check[]> {
  const [seen, vm] = await Promise.all([
    seeSizing(services, migration, folder),
    services.targetSize(migration.target.sqlVmResourceId),
  ]);
  return [sizeCheck(seen, vm), spaceCheck(sizeOf(migration, folder), vm)];
}

/** Of the server that the backups name. */
export async function seeSizing(
  { sizings, faults }: Services,
  migration: Migration,
  { report }: AssessedFolder,
): Promise<SeenSizing> {
  const { server } = identityOf(migration, report.database);
  if (!server) return { kind: "none" };
  try {
    const sizing = await sizings.load(assessmentIdOf(server));
    return sizing ? { kind: "sized", sizing } : { kind: "none" };
  } catch (error) {
    if (!(error instanceof UnreadableRowError)) throw error;
    faults.note(error.message);
    return { kind: "unreadable", why: error.message };
  }
}

/** MB of all files of the database, by the newest of its backups that lists them. */
function sizeOf(migration: Migration, { entries, report }: AssessedFolder): number | undefined {
  const identity = identityOf(migration, report.database);
  const files = recordsOf(entries).flatMap(({ name, sizeBytes, content }) =>
    content.kind === "header" ? [{ file: name, header: { size: sizeBytes, ...content } }] : [],
  );
  return factsOfBackups(files)
    .flatMap(({ server, databases }) => databases.filter((database) => matchOf(identity, { server, database })))
    .flatMap((database) => (database.files ? [database.files.reduce((sum, file) => sum + file.sizeMb, 0)] : []))
    .at(-1);
}
