// GET /migrations/{id}/events: lists what was published, oldest first, in pages; also for a forgotten migration.
import type { HttpHandler } from "@azure/functions";
import { cut, pageAnswer, pageQuery } from "../../../shared/api/lists/paging.ts";
import { findRecord } from "../../../shared/application/commands/command.ts";
import { compareText } from "../../../shared/chain/files/identity.ts";
import type { FerryEvent } from "../../../shared/migration/events/events.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint, isRefusal, queryOf } from "../endpoint.ts";
import { json } from "../respond.ts";

const Query = pageQuery("events");

/**
 * Rows are ordered by event id, so that an event that is published again keeps its row; pages ordered by time take
 * reading all of them.
 */
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
