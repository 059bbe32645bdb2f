// GET /migrations: every migration in a line, by state if asked for.
import type { HttpHandler } from "@azure/functions";
import { ListMigrationsQuery } from "../../../shared/api/requests.ts";
import { migrationLine } from "../../../shared/api/views.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";
import { invalid } from "../problem.ts";
import { json } from "../respond.ts";

export const listMigrations = (services: Services): HttpHandler =>
  endpoint(services, "ListMigrations", async ({ request }) => {
    const query = ListMigrationsQuery.safeParse(Object.fromEntries(request.query));
    if (!query.success) return invalid(query.error);
    const { state, q, top, cursor } = query.data;
    const wanted = (await services.migrations.list())
      .filter(({ forgottenAt }) => forgottenAt === undefined)
      .filter((migration) => state === undefined || state.includes(migration.state))
      .filter((migration) => q === undefined || migration.source.folder.toLowerCase().includes(q.toLowerCase()))
      .filter((migration) => cursor === undefined || migration.migrationId > cursor)
      .sort((a, b) => (a.migrationId < b.migrationId ? -1 : 1));
    const items = wanted.slice(0, top);
    const last = items.at(-1);
    return json(200, {
      items: items.map(migrationLine),
      ...(wanted.length > items.length && last && { nextCursor: last.migrationId }),
    });
  });
