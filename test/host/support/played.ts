// Builds the world of a migration whose real functions run in virtual time: a source, a restore that takes what
// arrives, and tables in memory.
import { type VirtualClock, virtualClock } from "../../../local/host/clock.ts";
import { migrationIdOf } from "../../../shared/migration/ids.ts";
import type { CutoverRequest } from "../../../shared/migration/migration.ts";
import type { Services } from "../../../shared/ports.ts";
import { full, log } from "../../support/backupRecords.ts";
import { aMigration } from "../../support/facts.ts";
import { aWorld, shown, VM, type World } from "../../support/world.ts";

const MINUTE = 60_000;
const LOG_EVERY_MINUTES = 15;

export const clock: VirtualClock = virtualClock(Date.UTC(2025, 10, 24, 3));
export const MIGRATION_ID = migrationIdOf("backups1", "backups", "Sales");
export const world: World = aWorld(
  aMigration(MIGRATION_ID, { target: { sqlVmResourceId: VM, databaseName: "Sales" } }),
  { DMS_POLL_SECONDS: "300" },
);
world.records = [full(100, 160), log(150, 165)];

/** Takes log backups at intervals until this time. */
export function takeLogBackups(until: number, first = 165): void {
  clock.at(clock.now() + LOG_EVERY_MINUTES * MINUTE, () => {
    const next = first + LOG_EVERY_MINUTES;
    world.records = [...world.records, log(first, next, { arrivedAt: new Date(clock.now()).toISOString() })];
    if (clock.now() < until) takeLogBackups(until, next);
  });
}

/**
 * DMS as the host's activities see it: it has restored everything that has arrived, and cuts over when it is asked to.
 */
function observed(): ReturnType<typeof shown> | { readonly kind: "absent" } {
  if (world.orders.length === 0) return { kind: "absent" };
  const file = world.records.at(-1)?.name.split("/").at(-1) ?? "";
  const details = { currentFile: file, lastRestoredFile: file, isFullRestored: true };
  return shown({ phase: world.orders.includes("cutOver") ? "succeeded" : "running", details });
}

/** Asks for the cutover of the present plan. */
export function askForCutover(): void {
  const planVersion = world.migration().summary?.planVersion ?? "";
  const at = new Date(clock.now()).toISOString();
  const request: CutoverRequest = {
    kind: "cutover",
    requestId: "w",
    run: 1,
    by: "Dana",
    at,
    planVersion,
    sourceClosed: true,
    force: false,
  };
  world.change({}, { cutover: request });
}

/** Services that read the clock which the host moves. */
export const services: Services = {
  ...world.services,
  clock: { now: () => new Date(clock.now()) },
  engine: { ...world.services.engine, observe: async () => observed() },
};
