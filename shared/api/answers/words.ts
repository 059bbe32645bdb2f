// Describes what answers about every subject share: states of a migration, and lines of an audit.
import { z } from "zod";
import { AUDIT_ACTIONS, AUDIT_RESULTS, MIGRATION_STATES } from "../../migration/words.ts";
import { component, moment, text } from "../shapes.ts";

export const StateWord = component("MigrationState", z.enum(MIGRATION_STATES));

/** A line of an audit. */
export const AuditLine = component(
  "AuditEntry",
  z.object({
    id: text(),
    at: moment(),
    by: text(),
    action: z.enum(AUDIT_ACTIONS),
    result: z.enum(AUDIT_RESULTS),
    detail: text(),
    facts: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe("On which it was decided: plan version, loss, gate lines and others"),
  }),
);
