// GET /migrations: lists migrations in pages, a line each; filtered, or only what has changed; 304 while nothing has.
import type { HttpHandler } from "@azure/functions";
import {
  changeTokenOf,
  MigrationListQuery,
  migrationListAnswer,
  parseChangeToken,
  wantedBy,
} from "../../../shared/api/lists/migrationList.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, queryOf, tagIn } from "../endpoint.ts";
import { json } from "../respond.ts";

export const listMigrations = (services: Services): HttpHandler =>
  endpoint(services, "ListMigrations", async ({ request }) => {
    const { migrations } = services;
    const asked = queryOf(request, MigrationListQuery);
    if (isRefusal(asked)) return asked;
    const { top, cursor, since, ...filters } = asked.query;
    const tag = tagIn(request, "if-none-match");
    const known = parseChangeToken(tag);
    const unchanged = { status: 304, headers: { etag: `"${tag}"`, "cache-control": "no-store" } };
    // With `since` the page itself shows whether anything changed; without it one changed line is looked for before a
    // page is read.
    if (known && !since && (await migrations.lines({ since: known, top: 1 })).items.length === 0) return unchanged;
    const seen = await migrations.lines({ top, after: cursor, since, wanted: wantedBy(filters) });
    const isNews = seen.items.length > 0 || seen.next !== undefined;
    if (known && since && known.getTime() === since.getTime() && !isNews) return unchanged;
    const isFirst = cursor === undefined;
    return json(200, migrationListAnswer(seen, isFirst), isFirst ? { etag: `"${changeTokenOf(seen)}"` } : {});
  });
