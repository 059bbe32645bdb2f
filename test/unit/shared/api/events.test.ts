// Tests that the documents of events agree with the list of events, and that the check finds an event that does not.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { z } from "zod";
import { eventsJsonSchema, unlikeItsSchema } from "../../../../shared/api/eventSchemas.ts";
import { EVENT_DATA, type EventType } from "../../../../shared/api/events.ts";
import { EVENT_PREFIX } from "../../../../shared/migration/events/events.ts";
import { EVENTS_PAGE, EVENTS_SCHEMA, eventsPage, eventsSchema } from "../../../support/eventDocuments.ts";
import { anEvent } from "../../../support/facts.ts";

const event = anEvent("sales-1", "e1", "2025-11-24T21:00:00.000Z");
const changed = (data: object) => ({ ...event, data: { ...event.data, ...data } });

test("the page and the JSON Schema of events are made from the list", () => {
  assert.equal(readFileSync(EVENTS_PAGE, "utf8"), eventsPage(), "node test/support/eventDocuments.ts writes it anew");
  assert.equal(
    readFileSync(EVENTS_SCHEMA, "utf8"),
    eventsSchema(),
    "node test/support/eventDocuments.ts writes it anew",
  );
});

test("every type and member is described", () => {
  for (const [type, schema] of Object.entries(EVENT_DATA)) {
    assert.ok(schema.description, type);
    for (const [name, member] of Object.entries<z.ZodType>(schema.shape))
      assert.ok(member.description, `${type} ${name}`);
  }
});

test("every type is published somewhere: by whoever decides what it tells of", () => {
  const sources = globSync("shared/{application,migration}/**/*.ts").map((file) => readFileSync(file, "utf8"));
  assert.deepEqual(
    Object.keys(EVENT_DATA).filter((type) => !sources.some((source) => source.includes(`"${type}"`))),
    [],
  );
});

test("an event with a member that is missing, of another kind, or not in the list is not as its schema says", () => {
  assert.equal(unlikeItsSchema(event), undefined);
  assert.match(unlikeItsSchema(changed({ file: undefined })) ?? "", /file/);
  assert.match(unlikeItsSchema(changed({ detail: 1 })) ?? "", /detail/);
  assert.match(unlikeItsSchema(changed({ mode: "sideways" })) ?? "", /mode/);
  assert.match(unlikeItsSchema(changed({ remedy: "" })) ?? "", /members that its schema does not list/);
  assert.match(unlikeItsSchema({ ...event, type: "com.sqlferry.digest.daily" }) ?? "", /no event of the type/);
});

test("the published schema takes an event, also one with members of a later version, and refuses what lacks a member of its type", () => {
  const schema = z.fromJSONSchema(eventsJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const isTaken = (one: unknown) => schema.safeParse(one).success;
  assert.ok(isTaken(event));
  assert.ok(isTaken(changed({ addedLater: 1 })));
  assert.ok(!isTaken({ ...event, id: undefined }));
  assert.ok(!isTaken(changed({ migrationId: undefined })));
  const { file: _, ...without } = event.data as { readonly file?: string };
  assert.ok(!isTaken({ ...event, data: without }));
  assert.ok(!isTaken({ ...event, type: `${EVENT_PREFIX}backup.rejected` satisfies `${string}${EventType}` }));
});
