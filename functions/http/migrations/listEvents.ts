// GET /migrations/{id}/events: what was published, oldest first, in pages; also of a migration that was forgotten.
import type { HttpHandler } from "@azure/functions";
import { cut, pageAnswer, pageQuery } from "../../../shared/api/lists/paging.ts";
import { findRecord } from "../../../shared/application/commands/command.ts";
import { compareText } from "../../../shared/chain/files/identity.ts";
import type { FerryEvent } from "../../../shared/migration/events/events.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, queryOf } from "../endpoint.ts";
import { json } from "../respond.ts";

const Query = pageQuery("events");

/** Their rows lie in the order of their ids, so that one that is told again lies in its own: all of them are read for a page. */
const keyOf = ({ time, id }: FerryEvent): string => `${time}|${id}`;

export const listEvents = (services: Services): HttpHandler =>
  endpoint(services, "ListEvents", async ({ request }) => {
    const asked = queryOf(request, Query);
    if (isRefusal(asked)) return asked;
    const facts = await findRecord(services, request.params["id"] ?? "");
    if (isRefusal(facts)) return facts;
    const { top, cursor } = asked.query;
    const events = await services.migrations.events(facts.migration.migrationId);
    const sorted = events.toSorted((a, b) => compareText(keyOf(a), keyOf(b)));
    return json(200, pageAnswer("events", cut(sorted, keyOf, { top, after: cursor })));
  });
