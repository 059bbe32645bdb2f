// GET /migrations/{id}/files: lists every file with its verdict, the reason and the remedy, in pages.
import type { HttpHandler } from "@azure/functions";
import type { Files } from "../../../shared/api/answers/chain.ts";
import { FileListQuery, fileListAnswer } from "../../../shared/api/lists/fileList.ts";
import { fileRows } from "../../../shared/api/views.ts";
import { assessFolder } from "../../../shared/application/files/assessFolder.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, migrationOf, queryOf } from "../endpoint.ts";
import { json } from "../respond.ts";

export const listFiles = (services: Services): HttpHandler =>
  endpoint(services, "ListFiles", async ({ request }) => {
    const asked = queryOf(request, FileListQuery);
    if (isRefusal(asked)) return asked;
    const facts = await migrationOf(services, request);
    if (isRefusal(facts)) return facts;
    const { entries, report } = await assessFolder(services, facts.migration);
    const rows = fileRows(
      entries.map(({ record }) => record),
      report,
      facts.migration.source.fileShare && facts.migration.service,
    );
    const { planVersion } = report;
    return json(200, { planVersion, ...fileListAnswer(rows, asked.query) } satisfies Files);
  });
