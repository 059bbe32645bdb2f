// Deletes what was published of a server, or of one of its databases, and updates its migrations.
import { bestOf, identityOf } from "../../assessed/assessedSource.ts";
import { databaseKey } from "../../chain/files/identity.ts";
import { auditOf } from "../commands/audit.ts";
import type { Command } from "../commands/command.ts";
import { migrationsOfDatabases } from "./assessedSource.ts";
import { findServer, noAssessment } from "./knownServer.ts";
import { noteAssessed } from "./noteAssessed.ts";

/** `about` has the assessment's "id", and maybe a "database" by its name. */
export const deleteAssessment: Command<unknown> = async (services, invocation, { caller, about }) => {
  const { assessments } = services;
  const { id = "", database: name } = about;
  const known = await findServer(services, id);
  if (!known) return noAssessment(id);
  const { assessmentId, server } = known.server;
  const lines = (await assessments.lines(assessmentId)).filter(
    (line) => name === undefined || databaseKey(line.name) === databaseKey(name),
  );
  if (name !== undefined && lines.length === 0)
    return {
      problem: "not-found",
      detail: `No database "${name.slice(0, 128)}" of ${server} is known. GET /api/v1/assessments/${assessmentId} lists them.`,
    };
  const what = name === undefined ? server : `"${lines[0]?.name}" of ${server}`;
  const facts = { assessmentId, server, ...(name !== undefined && { database: name }), databases: lines.length };
  const detail = `The assessment of ${what} was deleted by ${caller.name}.`;
  const audit = () => auditOf(services, caller, "delete", "accepted", detail, facts);
  await assessments.remove(assessmentId, name, audit());
  for (const migration of await migrationsOfDatabases(services, server, lines))
    if (bestOf(identityOf(migration), server, lines))
      await noteAssessed(services, invocation, migration.migrationId, { audit: audit() });
  return { outcome: { did: "gone" } };
};
