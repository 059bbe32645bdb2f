// GET /migrations/{id}/files: every file with its verdict, the reason and the remedy.
import type { HttpHandler } from "@azure/functions";
import { fileRows } from "../../../shared/api/views.ts";
import { assessFolder } from "../../../shared/application/files/assessFolder.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, migrationOf } from "../endpoint.ts";
import { json } from "../respond.ts";

export const listFiles = (services: Services): HttpHandler =>
  endpoint(services, "ListFiles", async ({ request }) => {
    const facts = await migrationOf(services, request);
    if (isRefusal(facts)) return facts;
    const { entries, report } = await assessFolder(services, facts.migration);
    return json(200, {
      planVersion: report.planVersion,
      items: fileRows(
        entries.map(({ record }) => record),
        report,
        facts.migration.source.fileShare && facts.migration.service,
      ),
    });
  });
