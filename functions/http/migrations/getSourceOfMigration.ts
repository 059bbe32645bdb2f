// GET /migrations/{id}/assessment: returns all that published assessments contain about the migration's database,
// including what is fine and what is unknown.

import type { HttpHandler } from "@azure/functions";
import type { SourceOfMigration } from "../../../shared/api/answers/assessments.ts";
import { assessFolder } from "../../../shared/application/files/assessFolder.ts";
import { seeGroup, seeSource } from "../../../shared/application/source/assessedSource.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, migrationOf } from "../endpoint.ts";
import { json } from "../respond.ts";

export const getSourceOfMigration = (services: Services): HttpHandler =>
  endpoint(services, "GetSourceOfMigration", async ({ request }) => {
    const facts = await migrationOf(services, request);
    if (isRefusal(facts)) return facts;
    const { migration } = facts;
    const folder = await assessFolder(services, migration);
    const seen = await seeSource(services, migration, folder);
    if (seen.kind === "unreadable") return { problem: "row-unreadable", detail: seen.why };
    if (seen.kind === "none")
      return {
        problem: "not-found",
        detail: "No assessment of this migration's database was published: npx ferry assess FOLDER --publish.",
      };
    const together = await seeGroup(services, migration, folder, seen.source);
    return json(200, {
      migrationId: migration.migrationId,
      ...seen.source,
      ...(together && { group: together.members }),
    } satisfies SourceOfMigration);
  });
