// DELETE /assessments/{id}, with ?database=NAME one of its databases: what was published of it is known no more.
import type { HttpHandler } from "@azure/functions";
import { migrationsOfDatabases } from "../../../shared/application/source/assessedSource.ts";
import { noteAssessed } from "../../../shared/application/source/noteAssessed.ts";
import { bestOf, identityOf } from "../../../shared/assessed/assessedSource.ts";
import { databaseKey } from "../../../shared/chain/files/identity.ts";
import type { Services } from "../../../shared/ports.ts";
import { auditOf } from "../audit.ts";
import { endpoint } from "../endpoint.ts";
import { noAssessment, serverIn } from "./getAssessment.ts";

/** As long as a publication: each migration of its databases learns of it. */
const ANSWER_WITHIN_MS = 60_000;

export const deleteAssessment = (services: Services): HttpHandler =>
  endpoint(
    services,
    "Ferry.Admin",
    async ({ request, invocation, caller }) => {
      const { assessments } = services;
      const known = await serverIn(services, request);
      if (!known) return noAssessment(request);
      const { assessmentId, server } = known.server;
      const name = request.query.get("database") ?? undefined;
      const lines = (await assessments.lines(assessmentId)).filter(
        (line) => name === undefined || databaseKey(line.name) === databaseKey(name),
      );
      if (name !== undefined && lines.length === 0)
        return {
          problem: "not-found",
          detail: `No database "${name.slice(0, 128)}" of ${server} is known. GET /api/v1/assessments/${assessmentId} lists them.`,
        };
      const what = name === undefined ? server : `"${lines[0]?.name}" of ${server}`;
      const audit = () =>
        auditOf(services, caller, "delete", "accepted", `The assessment of ${what} was deleted by ${caller.name}.`, {
          assessmentId,
          server,
          ...(name !== undefined && { database: name }),
          databases: lines.length,
        });
      await assessments.remove(assessmentId, name, audit());
      for (const migration of await migrationsOfDatabases(services, server, lines))
        if (bestOf(identityOf(migration), server, lines))
          await noteAssessed(services, invocation, migration.migrationId, { audit: audit() });
      return { status: 204, headers: { "cache-control": "no-store" } };
    },
    ANSWER_WITHIN_MS,
  );
