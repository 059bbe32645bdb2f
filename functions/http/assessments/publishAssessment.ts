// POST /assessments: keeps what was found of a server's databases, and joins it to their migrations. The same again changes nothing.
import type { HttpHandler } from "@azure/functions";
import { migrationsOfDatabases } from "../../../shared/application/source/assessedSource.ts";
import { noteAssessed } from "../../../shared/application/source/noteAssessed.ts";
import { bestOf, identityOf, type Match } from "../../../shared/assessed/assessedSource.ts";
import { type AssessmentChange, assessmentIdOf } from "../../../shared/assessed/assessmentStore.ts";
import { PublishRequest } from "../../../shared/assessed/contracts.ts";
import { fitted, kept } from "../../../shared/assessed/kept.ts";
import { withDatabase, withServer } from "../../../shared/assessed/published.ts";
import type { MigrationState } from "../../../shared/migration/migration.ts";
import type { Refusal } from "../../../shared/migration/refusals.ts";
import type { Log, Services } from "../../../shared/ports.ts";
import type { Assessment } from "../../../shared/source/assessment.ts";
import { auditOf } from "../audit.ts";
import type { Caller } from "../caller.ts";
import { bodyOf, endpoint, isRefusal } from "../endpoint.ts";
import { json } from "../respond.ts";

/** A hundred databases, each with its row and its migration. */
const ANSWER_WITHIN_MS = 60_000;

export const publishAssessment = (services: Services): HttpHandler =>
  endpoint(
    services,
    "Ferry.Operator",
    async ({ request, invocation, caller }) => {
      const parsed = await bodyOf(request, PublishRequest);
      if (isRefusal(parsed)) return parsed;
      const { assessment, shortened, tooLarge } = kept(parsed.body);
      const refused = refusalOf(assessment, tooLarge, services.clock.now());
      if (refused) return refused;
      const written = await keep(services, caller, assessment);
      if (isRefusal(written)) return written;
      const { change, isNew } = written;
      const detail = `The assessment of ${assessment.server} as of ${assessment.takenAt || "an unknown time"} was published by ${caller.name}.`;
      const audit = isNew
        ? () => auditOf(services, caller, "publish", "accepted", detail, auditFacts(change))
        : undefined;
      const joined = await join(services, invocation, assessment, audit);
      const { assessmentId } = change.server;
      const found = new Set(joined.map(({ database }) => database));
      return json(
        isNew ? 201 : 200,
        {
          assessmentId,
          server: change.server.server,
          isNew,
          joined,
          notJoined: assessment.databases.map(({ name }) => name).filter((name) => !found.has(name)),
          shortened,
        },
        { location: `/api/v1/assessments/${assessmentId}` },
      );
    },
    ANSWER_WITHIN_MS,
  );

/** Clocks differ, and where a source's offset is not known its wall clock stands for UTC. */
const AHEAD_MS = 26 * 3_600_000;

/** A time to come would win against every look until then. */
function refusalOf(
  { takenAt, instance, databases }: Assessment,
  tooLarge: readonly string[],
  now: Date,
): Refusal | undefined {
  if (tooLarge.length > 0) return tooLargeRefusal(tooLarge);
  const findings = [instance, ...databases.map((database) => database.findings)].flat();
  const latest = [takenAt, ...findings.map(({ at }) => at)].reduce((a, b) => (a > b ? a : b));
  if (latest === "" || Date.parse(latest) <= now.getTime() + AHEAD_MS) return undefined;
  const message = `it was taken at ${latest}, which is still to come: set the clock right and assess again`;
  return { problem: "validation", detail: message, errors: [{ pointer: "/takenAt", message }] };
}

function tooLargeRefusal(names: readonly string[]): Refusal {
  const errors = names.map((name) => ({
    pointer: name === "" ? "/instance" : "/databases",
    message: `the findings of ${name === "" ? "the server itself" : `"${name}"`} are too large for a row, even without the names in them`,
  }));
  return { problem: "validation", detail: errors.map(({ message }) => message).join("; "), errors };
}

/** Writes what is new; nothing when nothing is. */
async function keep(
  services: Services,
  caller: Caller,
  { databases, ...server }: Assessment,
): Promise<{ readonly change: AssessmentChange; readonly isNew: boolean } | Refusal> {
  const { assessments, clock } = services;
  const assessmentId = assessmentIdOf(server.server);
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const known = await assessments.server(assessmentId);
    const published = { ...server, assessmentId, publishedAt: clock.now().toISOString(), publishedBy: caller.name };
    const rows = await Promise.all(
      databases.map(async (database) => ({ database, known: await assessments.find(assessmentId, database) })),
    );
    const tooLarge: string[] = [];
    const changed = rows.flatMap((row) => {
      const merged = withDatabase(row.known?.database, row.database);
      if (merged === row.known?.database) return [];
      const fit = fitted(merged)?.value;
      if (!fit) tooLarge.push(merged.name);
      return [{ database: fit ?? merged, ...(row.known && { version: row.known.version }) }];
    });
    if (tooLarge.length > 0) return tooLargeRefusal(tooLarge);
    const merged = withServer(known?.server, published);
    const isNew = merged !== known?.server || changed.length > 0;
    const { publishedAt, publishedBy } = published;
    const change: AssessmentChange = {
      server: isNew ? { ...merged, publishedAt, publishedBy } : merged,
      ...(known && { serverVersion: known.version }),
      databases: changed,
      audit: [],
    };
    if (!isNew) return { change, isNew };
    const detail = `Published by ${caller.name}.`;
    const audit = [auditOf(services, caller, "publish", "accepted", detail, auditFacts(change))];
    if ((await assessments.commit({ ...change, audit })) === "committed") return { change, isNew };
  }
  throw new Error(`The assessment of ${server.server} changed ${MOST_ATTEMPTS} times while it was being written.`);
}

const MOST_ATTEMPTS = 10;

const auditFacts = ({ server, databases }: AssessmentChange) => ({
  assessmentId: server.assessmentId,
  server: server.server,
  takenAt: server.takenAt,
  databases: databases.length,
});

interface Joined {
  readonly database: string;
  readonly migrationId: string;
  readonly by: Match;
  /** The migration's: what blocks refuses a start that DMS has not been asked for, and is too late for others. */
  readonly state: MigrationState;
  readonly blocks: number;
  readonly act: number;
  readonly acknowledged: number;
  readonly unknown: number;
}

/** Every migration of one of these databases learns of it; also when nothing was new, since whoever published before may have died of it. */
async function join(
  services: Services,
  log: Log,
  { server, databases }: Assessment,
  audit: (() => ReturnType<typeof auditOf>) | undefined,
): Promise<readonly Joined[]> {
  const matched = (await migrationsOfDatabases(services, server, databases)).flatMap((migration) => {
    const found = bestOf(identityOf(migration), server, databases);
    return found ? [{ ...found, migrationId: migration.migrationId, state: migration.state }] : [];
  });
  const joined: Joined[] = [];
  for (let first = 0; first < matched.length; first += AT_ONCE) {
    const some = matched.slice(first, first + AT_ONCE).map(async ({ database, migrationId, by, state }) => {
      const counts = await noteAssessed(services, log, migrationId, { audit: audit?.() });
      if (!counts) return [];
      const { blocks, act, acknowledged, unknown } = counts;
      return [{ database: database.name, migrationId, by, state, blocks, act, acknowledged, unknown }];
    });
    joined.push(...(await Promise.all(some)).flat());
  }
  return joined;
}

const AT_ONCE = 8;
