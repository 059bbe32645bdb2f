// Sends an assessment to the API in portions of an accepted size, and tells which migrations it was joined to.
import type { AssessmentPublished } from "../../shared/api/answers/assessments.ts";
import { MOST_BYTES, MOST_DATABASES } from "../../shared/assessed/assessmentShapes.ts";
import { kept } from "../../shared/assessed/kept.ts";
import type { MigrationState } from "../../shared/migration/words.ts";
import type { Assessment, SourceDatabase } from "../../shared/source/assessment.ts";
import { type Api, accepted } from "../api.ts";
import { EXIT, FerryError } from "../exit.ts";
import { printable } from "../print/print.ts";

/** Of one server, all portions together. */
export interface Published extends AssessmentPublished {
  readonly databases: number;
}

/**
 * One per server that has a name; encrypted files name neither server nor database. A refusal of the service is a
 * FerryError.
 */
export async function publishAssessments(api: Api, assessments: readonly Assessment[]): Promise<Published[]> {
  const published: Published[] = [];
  for (const one of assessments.filter(({ server }) => server !== "")) {
    const { assessment, shortened, tooLarge } = kept({
      ...one,
      databases: one.databases.filter(({ name }) => name !== ""),
    });
    if (tooLarge.length > 0) throw tooLargeError(tooLarge);
    const answers: AssessmentPublished[] = [];
    for (const portion of portionsOf(assessment))
      answers.push(accepted(await api.post<AssessmentPublished>("/assessments", portion)));
    const [first] = answers as [AssessmentPublished];
    published.push({
      assessmentId: first.assessmentId,
      server: first.server,
      isNew: answers.some(({ isNew }) => isNew),
      joined: answers.flatMap(({ joined }) => joined),
      notJoined: answers.flatMap(({ notJoined }) => notJoined),
      databases: assessment.databases.length,
      shortened,
    });
  }
  return published;
}

const tooLargeError = (names: readonly string[]): FerryError =>
  new FerryError(
    EXIT.failed,
    `The findings of ${names.map((name) => (name === "" ? "the server itself" : `"${name}"`)).join(", ")} are too large to be published, even without the names in them.`,
  );

/** Each with the server itself, and as many databases as one request takes; one at least. */
export function portionsOf(assessment: Assessment): readonly Assessment[] {
  const { databases, ...server } = assessment;
  const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
  const room = MOST_BYTES - bytesOf({ ...server, databases: [] });
  const portions: SourceDatabase[][] = [[]];
  let bytes = 0;
  for (const database of databases) {
    const size = bytesOf(database) + 1;
    if (size > room) throw tooLargeError([database.name]);
    const open = portions.at(-1) ?? [];
    const isFull = open.length === MOST_DATABASES || bytes + size > room;
    if (isFull) portions.push([]);
    bytes = isFull ? size : bytes + size;
    portions.at(-1)?.push(database);
  }
  return portions.map((some) => ({ ...server, databases: some }));
}

/** For a terminal. */
export function publishedText(published: readonly Published[]): string {
  if (published.length === 0) return "Nothing was published: encrypted files name neither their server nor a database.";
  return published.map(serverText).join("\n\n");
}

const BEFORE_THE_START: readonly MigrationState[] = ["draft", "waitingForChain", "preflighting", "queued"];
const OVER_UNDONE: readonly MigrationState[] = ["preflightFailed", "failed", "canceled"];

/** A finding is in time only where DMS has not been asked yet. */
function whatBlocks(blocks: number, state: MigrationState): string {
  const [count, s] = blocks === 1 ? ["1 finding", "s"] : [`${blocks} findings`, ""];
  if (BEFORE_THE_START.includes(state)) return `${count} refuse${s} its start`;
  if (OVER_UNDONE.includes(state)) return `${count} refuse${s} its next start`;
  if (blocks === 0) return "0 findings block";
  if (state === "starting") return `${count} would block; it is starting, and DMS may have been asked already`;
  return `${count} would block; too late to stop its start: it is ${state}`;
}

function serverText({ server, assessmentId, databases, isNew, joined, notJoined, shortened }: Published): string {
  const count = `${databases} database${databases === 1 ? "" : "s"}`;
  return [
    isNew
      ? `Published: ${server} (${assessmentId}), ${count}.`
      : `${server} (${assessmentId}) was published before: nothing is new of its ${count}.`,
    ...joined.map(({ database, migrationId, by, blocks, act, acknowledged, unknown, state }) => {
      const counts = `${whatBlocks(blocks, state)}, ${act} to act upon, ${acknowledged} acknowledged, ${unknown} unknown`;
      const how =
        by === "guid" ? "" : " WARNING: joined by the names of server and database alone; is it the same source?";
      return `  ${database} -> ${migrationId}: ${counts}.${how}`;
    }),
    ...(notJoined.length > 0 ? [`  No migration yet: ${notJoined.join(", ")}.`] : []),
    ...shortened.map(
      ({ database, check, kept: names, of }) =>
        `  ${database === "" ? "the server itself" : database}: of the ${of} names of ${check}, ${names} are kept.`,
    ),
  ]
    .map(printable)
    .join("\n");
}
