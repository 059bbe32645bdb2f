// Carries out what a caller requests of a migration: reads the facts, lets the verb decide, commits its change with
// audit and idempotency key, wakes the run.
//
// A change is committed against the facts on which it was decided; on a conflict it is decided anew. The idempotency
// note is written in the same transaction, so that a request whose answer was lost was carried out together with its
// note, or not at all.
import type { Caller } from "../../api/roles.ts";
import {
  type AuditEntry,
  hasEnded,
  type IdempotencyNote,
  isKept,
  type MigrationFacts,
  type Outcome,
} from "../../migration/migration.ts";
import type { Refusal } from "../../migration/refusals.ts";
import type { Change, Invocation, Services } from "../../ports.ts";
import { publishOutbox } from "../run/publishOutbox.ts";
import { signalRun } from "../run/signalWatch.ts";

/** A request as a verb gets it. */
export interface Asked<Body> {
  readonly caller: Caller;
  readonly body: Body;
  /** What the request is about, by name: usually an "id", and whatever else the verb needs. */
  readonly about: Readonly<Record<string, string>>;
  /** The plan version that the caller has seen, to which the request is bound. */
  readonly planVersion: string | undefined;
  /** Absent when the caller sent no idempotency key. */
  readonly key: Pick<IdempotencyNote, "key" | "request"> | undefined;
}

type Refused = Refusal | readonly Refusal[];

/** `isReplayed`: it was carried out before, under the same key. */
export type Answered = { readonly outcome: Outcome; readonly isReplayed?: boolean } | Refused;

/** A verb: everything about a request except its transport. */
export type Command<Body> = (services: Services, invocation: Invocation, asked: Asked<Body>) => Promise<Answered>;

/**
 * What a verb decides on the facts. Without a change nothing needs to be written. A refusal may be audited; `heals`:
 * the refusal is about something written earlier, whose follow-up may be missing.
 */
export type Decided =
  | { readonly outcome: Outcome; readonly change?: Omit<Change, "migrationId" | "version" | "note"> }
  | { readonly refused: Refused; readonly audit?: readonly AuditEntry[]; readonly heals?: true };

const MOST_ATTEMPTS = 10;
const ASK_AGAIN_SECONDS = 5;

/**
 * Decides about the migration that the request names; refused when there is none. `decide` may run several times, and
 * writes nothing itself.
 */
export const onMigration = <Body>(
  services: Services,
  invocation: Invocation,
  asked: Asked<Body>,
  decide: (facts: MigrationFacts) => Decided | Promise<Decided>,
): Promise<Answered> => {
  const id = asked.about["id"] ?? "";
  const refused = noMigration(id);
  if (!MIGRATION_ID.test(id)) return Promise.resolve(refused);
  return onPartition(services, invocation, id, asked.key, (facts) =>
    facts && facts.migration.forgottenAt === undefined ? decide(facts) : { refused },
  );
};

/** The migration of this id, or the refusal; a forgotten one counts as missing. */
export async function findMigration(services: Services, id: string): Promise<MigrationFacts | Refusal> {
  const found = await findRecord(services, id);
  return "migration" in found && found.migration.forgottenAt !== undefined ? noMigration(id) : found;
}

/** The same, with what is left of a forgotten migration: its audit stays. */
export const findRecord = async ({ migrations }: Services, id: string): Promise<MigrationFacts | Refusal> =>
  (MIGRATION_ID.test(id) ? await migrations.facts(id) : undefined) ?? noMigration(id);

/** The same where the migration may not exist yet: then `decide` gets undefined. */
export async function onPartition(
  services: Services,
  invocation: Invocation,
  migrationId: string,
  key: Asked<unknown>["key"],
  decide: (facts: MigrationFacts | undefined) => Decided | Promise<Decided>,
): Promise<Answered> {
  const { migrations, clock } = services;
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const facts = await migrations.facts(migrationId);
    // After the facts: a note that is written later comes with a newer version of them, and causes a conflict.
    const before = facts && key && (await migrations.note(migrationId, key.key));
    if (facts && before && isKept(before, clock.now())) {
      if (before.request !== key?.request) return mismatch(before);
      await heal(services, invocation, facts);
      return { outcome: before.outcome, isReplayed: true };
    }
    const answered = await carryOut(services, invocation, { migrationId, facts, key }, await decide(facts));
    if (answered !== "conflict") return answered;
  }
  return {
    problem: "busy",
    detail: `The migration changed ${MOST_ATTEMPTS} times while this request was being decided. Nothing was changed by it; ask again.`,
    retryAfterSeconds: ASK_AGAIN_SECONDS,
  };
}

interface Case {
  readonly migrationId: string;
  readonly facts: MigrationFacts | undefined;
  readonly key: Asked<unknown>["key"];
}

/** Writes the decision in one transaction, and wakes the run. */
async function carryOut(
  services: Services,
  invocation: Invocation,
  { migrationId, facts, key }: Case,
  decided: Decided,
): Promise<Answered | "conflict"> {
  const { migrations, clock } = services;
  const version = facts && { version: facts.version };
  if ("refused" in decided) {
    const { refused, audit, heals } = decided;
    if (facts && heals) await heal(services, invocation, facts);
    if (!facts || !audit) return refused;
    const isWritten = await migrations.commit({ migrationId, ...version, migration: facts.migration, audit });
    return isWritten === "committed" ? refused : "conflict";
  }
  const { outcome } = decided;
  if (facts && !decided.change && !key) {
    await heal(services, invocation, facts);
    return { outcome };
  }
  const { change = facts && { migration: facts.migration } } = decided;
  if (!change) throw new Error(`There is no migration "${migrationId}" to answer for.`);
  const note = key && { note: { ...key, at: clock.now().toISOString(), outcome } };
  if ((await migrations.commit({ migrationId, ...version, ...change, ...note })) === "conflict") return "conflict";
  await wake(services, invocation, change);
  return { outcome };
}

/** Ids are made of these characters only; anything else is simply not found. */
const MIGRATION_ID = /^[a-z0-9-]{1,64}$/;

const noMigration = (asked: string): Refusal => ({
  problem: "not-found",
  detail: `There is no migration "${asked.slice(0, 80)}". GET /api/v1/migrations lists them with their ids.`,
});

const mismatch = ({ at }: IdempotencyNote): Refusal => ({
  problem: "idempotency-mismatch",
  detail: `Another request was carried out under this Idempotency-Key at ${at}. A key belongs to one request and its repetitions: send this one under a key of its own.`,
});

/**
 * Repeats what follows a commit: the process that wrote it may have died before it wrote the migration's line or woke
 * the run.
 */
async function heal(services: Services, invocation: Invocation, facts: MigrationFacts): Promise<void> {
  await services.migrations.repairLine(facts);
  await wake(services, invocation, facts);
}

async function wake(
  services: Services,
  invocation: Invocation,
  { migration, events = [] }: Pick<Change, "migration" | "events">,
): Promise<void> {
  if (!hasEnded(migration)) await signalRun(services, invocation, migration);
  if (events.length > 0) await publishOutbox(services, invocation, migration.migrationId);
}
