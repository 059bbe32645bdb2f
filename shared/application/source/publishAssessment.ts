// Stores what was found of a server's databases, and joins it to their migrations. Publishing the same again changes
// nothing.
import type { AssessmentPublished } from "../../api/answers/assessments.ts";
import type { Caller } from "../../api/roles.ts";
import { bestOf, identityOf } from "../../assessed/assessedSource.ts";
import { type AssessmentChange, assessmentIdOf } from "../../assessed/assessmentStore.ts";

import { fitted, kept } from "../../assessed/kept.ts";
import { withDatabase, withServer } from "../../assessed/published.ts";
import type { AuditEntry } from "../../migration/migration.ts";
import type { Refusal } from "../../migration/refusals.ts";
import type { Log, Services } from "../../ports.ts";
import type { Assessment } from "../../source/assessment.ts";
import { auditOf } from "../commands/audit.ts";
import type { Command } from "../commands/command.ts";
import { migrationsOfDatabases } from "./assessedSource.ts";
import { noteAssessed } from "./noteAssessed.ts";

export const publishAssessment: Command<Assessment> = async (services, invocation, { caller, body }) => {
  const { assessment, shortened, tooLarge } = kept(body);
  const refused = refusalOf(assessment, tooLarge, services.clock.now());
  if (refused) return refused;
  const written = await keep(services, caller, assessment);
  if ("problem" in written) return written;
  const { change, isNew } = written;
  const { assessmentId, server } = change.server;
  const detail = `The assessment of ${assessment.server} as of ${assessment.takenAt || "an unknown time"} was published by ${caller.name}.`;
  const audit = isNew ? () => auditOf(services, caller, "publish", "accepted", detail, auditFacts(change)) : undefined;
  const joined = await join(services, invocation, assessment, audit);
  const found = new Set(joined.map(({ database }) => database));
  const notJoined = assessment.databases.map(({ name }) => name).filter((name) => !found.has(name));
  return {
    outcome: {
      did: isNew ? "created" : "done",
      about: `assessments/${assessmentId}`,
      body: { assessmentId, server, isNew, joined, notJoined, shortened } satisfies AssessmentPublished,
    },
  };
};

/** Clocks differ, and the wall clock of a source with unknown offset counts as UTC. */
const AHEAD_MS = 26 * 3_600_000;

/** A time in the future would win against every assessment until then. */
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

/** Writes what is new, if anything. */
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
  return {
    problem: "busy",
    detail: `The assessment of ${server.server} changed ${MOST_ATTEMPTS} times while it was being written. Publish it again.`,
    retryAfterSeconds: ASK_AGAIN_SECONDS,
  };
}

const MOST_ATTEMPTS = 10;
const ASK_AGAIN_SECONDS = 5;

const auditFacts = ({ server, databases }: AssessmentChange) => ({
  assessmentId: server.assessmentId,
  server: server.server,
  takenAt: server.takenAt,
  databases: databases.length,
});

/** By its state: a blocking finding refuses a start that DMS has not been asked for, and comes too late for others. */
type Joined = AssessmentPublished["joined"][number];

/**
 * Updates every migration of one of these databases; also when nothing was new, since an earlier publication may have
 * died on the way.
 */
async function join(
  services: Services,
  log: Log,
  { server, databases }: Assessment,
  audit: (() => AuditEntry) | undefined,
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
