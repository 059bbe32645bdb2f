// Describes what answers of every subject share: states of a migration, and lines of an audit.
import { z } from "zod";
import type { AuditEntry, MigrationState } from "../../migration/migration.ts";
import { component, moment, oneOf, text } from "../shapes.ts";

export const StateWord = component(
  "MigrationState",
  oneOf<MigrationState>({
    draft: true,
    waitingForChain: true,
    preflighting: true,
    preflightFailed: true,
    queued: true,
    starting: true,
    restoring: true,
    readyForCutover: true,
    cuttingOver: true,
    succeeded: true,
    failed: true,
    canceling: true,
    canceled: true,
  }),
);

/** A line of an audit. */
export const AuditLine = component(
  "AuditEntry",
  z.object({
    id: text(),
    at: moment(),
    by: text(),
    action: oneOf<AuditEntry["action"]>({
      create: true,
      start: true,
      cutover: true,
      cancel: true,
      restart: true,
      resume: true,
      publish: true,
      delete: true,
      change: true,
      forget: true,
      acknowledge: true,
      decision: true,
    }),
    result: oneOf<AuditEntry["result"]>({ accepted: true, refused: true, done: true, failed: true }),
    detail: text(),
    facts: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe("On which it was decided: plan version, loss, gate lines and others"),
  }),
);
