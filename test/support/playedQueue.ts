// Plays many databases through the queues of a few VMs, in virtual time: the real orchestrators and activities, and a
// DMS that refuses what is beyond its limits. Also computes how soon an ideal queue, which loses no second, would be
// done.

import { migrationIdOf, runInstanceId } from "../../shared/migration/ids.ts";
import { hasEnded, type Migration } from "../../shared/migration/migration.ts";
import { full, log } from "./backupRecords.ts";
import { type Estate, lay, newEstate, phaseOf, put } from "./estate.ts";
import { aMigration } from "./facts.ts";
import { nextOf, type Past, perform, workerOf } from "./miniHost.ts";
import { VM } from "./world.ts";

const MINUTE = 60_000;
const BEGIN = "2025-11-24T21:00:00.000Z";
/**
 * As documented: about two minutes for a start, one for a cutover. These are upper bounds; each database has its own
 * time.
 */
const PACE = { creates: 140_000, restores: 0, completes: 70_000, cancels: MINUTE };
/** Milliseconds by which a database's start and cutover are shorter, so that no interval of looks divides them. */
const shorter = (index: number): { readonly start: number; readonly cutover: number } => ({
  start: (index * 7_919) % 40_000,
  cutover: (index * 3_307) % 20_000,
});

export interface PlayedQueue {
  readonly databases: number;
  readonly vms: number;
  readonly maxDatabases: number;
  readonly cooldownMinutes: number;
  /** Further members of a migration's record, by its number. */
  readonly more?: (index: number) => Partial<Migration>;
}

export interface Played {
  /** Until the last database was online. */
  readonly minutes: number;
  /** The same for an ideal queue, which loses no second. */
  readonly idealMinutes: number;
  /** Databases in the order in which DMS accepted their starts, by VM. */
  readonly starts: readonly (readonly string[])[];
  /** Requests that were beyond the limits of DMS. */
  readonly beyond: readonly string[];
  /** Pauses between starts of one VM that its cap required. */
  readonly pauses: number;
  readonly succeeded: number;
  readonly looks: number;
  /** The most GET requests to DMS in a minute, once the preflights are over, which are not part of the budget. */
  readonly mostGetsAMinute: number;
}

const nameOf = (index: number): string => `db-${String(index).padStart(4, "0")}`;
const vmOf = (number: number): string => VM.replace("SQLVM-07", `SQLVM-${number + 1}`);
/** The time from the start until the cutover is asked for: 5 to 20 minutes. */
const restoreMs = (index: number): number => (5 + ((index * 7) % 16)) * MINUTE;

interface Database {
  readonly index: number;
  readonly vm: number;
  readonly migrationId: string;
  readonly instanceId: string;
  past: Past;
  dueAt: number;
  isAsked: boolean;
  isOver: boolean;
}

export async function playQueue(setting: PlayedQueue): Promise<Played> {
  const estate = newEstate(BEGIN, 0, PACE);
  const worker = workerOf(estate, undefined, {
    VM_MAX_DATABASES: String(setting.maxDatabases),
    VM_COOLDOWN_MINUTES: String(setting.cooldownMinutes),
  });
  const { services } = worker;
  const all = Array.from({ length: setting.databases }, (_, index) => database(estate, setting, index));
  const folders = Map.groupBy(Object.values(estate.rows), ({ name }) =>
    migrationIdOf(services.config.backups.accountName, "backups", name.split("/")[0] ?? ""),
  );
  services.catalogue.list = async (id) => (folders.get(id) ?? []).map((record) => ({ record }));
  const dms = limitsOf(estate, setting, services.engine);
  let looks = 0;
  for (;;) {
    const next = all.filter(({ isOver }) => !isOver).reduce<Database | undefined>(earlier, undefined);
    if (!next) break;
    estate.now = Math.max(estate.now, next.dueAt);
    const step = nextOf(next.instanceId, { migrationId: next.migrationId, run: 1 }, next.past);
    if ("ended" in step) {
      next.isOver = true;
      continue;
    }
    looks++;
    const { past, pauseSeconds } = step.after(await perform(step.activity, step.input, worker));
    Object.assign(next, { past, dueAt: estate.now + pauseSeconds * 1_000 });
    askForCutover(estate, next, dms.startedAt);
  }
  const states = Object.values(estate.migrations).map(({ migration }) => migration);
  return {
    minutes: (dms.lastEnd() - Date.parse(BEGIN)) / MINUTE,
    idealMinutes: idealMs(setting) / MINUTE,
    starts: dms.starts,
    beyond: dms.beyond,
    pauses: dms.pauses(),
    succeeded: states.filter((one) => hasEnded(one) && one.state === "succeeded").length,
    looks,
    mostGetsAMinute: dms.mostGetsAMinute(),
  };
}

const earlier = (a: Database | undefined, b: Database): Database => (a === undefined || b.dueAt < a.dueAt ? b : a);

function database(estate: Estate, { vms, more }: PlayedQueue, index: number): Database {
  const folder = nameOf(index);
  const { config } = workerOf(estate).services;
  const migrationId = migrationIdOf(config.backups.accountName, "backups", folder);
  const of = { folder, database: folder, family: `00000000-0000-0000-0000-${String(index).padStart(12, "0")}` };
  for (const record of [full(100, 160, { ...of, set: folder }), log(150, 200, { ...of, set: folder })])
    lay(estate, record);
  const vm = index % vms;
  const target = { sqlVmResourceId: vmOf(vm), databaseName: folder };
  const source = { container: "backups", folder, rootIsADatabase: false };
  const migration = aMigration(migrationId, { target, source, ...more?.(index) });
  put(estate, migration);
  const [facts] = [estate.migrations[migrationId]];
  if (facts) estate.lines[migrationId] = facts;
  const instanceId = runInstanceId(migrationId, 1);
  // in the order in which people register them
  return { index, vm, migrationId, instanceId, past: [], dueAt: estate.now + index, isAsked: false, isOver: false };
}

/** Asks for the cutover once the restore has run long enough, which wakes the run. */
function askForCutover(estate: Estate, one: Database, startedAt: ReadonlyMap<string, number>): void {
  const facts = estate.migrations[one.migrationId];
  const since = startedAt.get(nameOf(one.index));
  if (one.isAsked || since === undefined || facts?.migration.state !== "readyForCutover") return;
  const at = since + PACE.creates - shorter(one.index).start + restoreMs(one.index);
  if (estate.now < at) {
    one.dueAt = Math.min(one.dueAt, at);
    return;
  }
  one.isAsked = true;
  one.dueAt = estate.now;
  const { migration, requests } = facts;
  const planVersion = migration.summary?.planVersion ?? "";
  const requested = {
    requestId: `${one.migrationId}-run-1-cutover-1`,
    run: 1,
    by: "Dana",
    at: new Date(estate.now).toISOString(),
  };
  put(estate, migration, {
    ...requests,
    cutover: { kind: "cutover", ...requested, planVersion, sourceClosed: true, force: false },
  });
}

/** Replaces the estate's DMS, which has no limits: notes the requests that are beyond them. */
function limitsOf(
  estate: Estate,
  { vms, maxDatabases, cooldownMinutes }: PlayedQueue,
  engine: ReturnType<typeof workerOf>["services"]["engine"],
) {
  const { start, cutOver, observe } = engine;
  const beyond: string[] = [];
  const starts = Array.from({ length: vms }, (): string[] => []);
  const startedAt = new Map<string, number>();
  const getsByMinute = new Map<number, number>();
  const sincePause = Array.from({ length: vms }, (): string[] => []);
  let pauses = 0;
  const operationsOn = (vm: string) =>
    Object.values(estate.operations).filter(({ order }) => order.target.sqlVmResourceId === vm);
  const endOf = ({ cutOverAt = Number.POSITIVE_INFINITY }): number => cutOverAt + PACE.completes;
  engine.observe = (target) => {
    const minute = Math.floor(estate.now / MINUTE);
    getsByMinute.set(minute, (getsByMinute.get(minute) ?? 0) + 1);
    return observe(target);
  };
  /** Moves the time of a request to DMS back, so that it is done that much earlier. */
  const hasten = (databaseName: string, when: "acceptedAt" | "cutOverAt", milliseconds: number): void => {
    for (const [key, known] of Object.entries(estate.operations))
      if (known.order.target.databaseName === databaseName)
        estate.operations[key] = { ...known, [when]: (known[when] ?? estate.now) - milliseconds };
  };
  const indexOf = (databaseName: string): number => Number(databaseName.slice(3));
  engine.start = async (order) => {
    const { sqlVmResourceId: vm, databaseName } = order.target;
    const others = operationsOn(vm);
    const number = Array.from({ length: vms }, (_, index) => vmOf(index)).indexOf(vm);
    if (others.some((one) => phaseOf(estate, one) === "creating")) beyond.push(`two starts at once: ${databaseName}`);
    const counted = sincePause[number] ?? [];
    if (counted.length >= maxDatabases) {
      const lastEnd = Math.max(...others.map(endOf));
      if (estate.now < lastEnd + cooldownMinutes * MINUTE) beyond.push(`no pause before ${databaseName}`);
      counted.length = 0;
      pauses++;
    }
    counted.push(databaseName);
    starts[number]?.push(databaseName);
    startedAt.set(databaseName, estate.now);
    const answer = await start(order);
    hasten(databaseName, "acceptedAt", shorter(indexOf(databaseName)).start);
    return answer;
  };
  engine.cutOver = async (target, operationId) => {
    if (operationsOn(target.sqlVmResourceId).some((one) => phaseOf(estate, one) === "completing"))
      beyond.push(`two cutovers at once: ${target.databaseName}`);
    const answer = await cutOver(target, operationId);
    hasten(target.databaseName, "cutOverAt", shorter(indexOf(target.databaseName)).cutover);
    return answer;
  };
  const lastEnd = () => Math.max(...Object.values(estate.operations).map(endOf));
  const afterPreflights = Date.parse(BEGIN) / MINUTE + 2;
  const mostGetsAMinute = () =>
    Math.max(0, ...[...getsByMinute].filter(([minute]) => minute >= afterPreflights).map(([, gets]) => gets));
  return { beyond, starts, startedAt, mostGetsAMinute, lastEnd, pauses: () => pauses };
}

/**
 * For each VM by itself: starts without a second between them, cutovers in the order in which they are asked for,
 * pauses as long as required.
 */
function idealMs({ databases, vms, maxDatabases, cooldownMinutes }: PlayedQueue): number {
  let longest = 0;
  for (let vm = 0; vm < vms; vm++) {
    let now = 0;
    const mine = Array.from({ length: databases }, (_, index) => index).filter((index) => index % vms === vm);
    for (let first = 0; first < mine.length; first += maxDatabases) {
      if (first > 0) now += cooldownMinutes * MINUTE;
      const asked = mine.slice(first, first + maxDatabases).map((index) => {
        now += PACE.creates - shorter(index).start;
        return { index, at: now + restoreMs(index) };
      });
      let free = 0;
      for (const { index, at } of asked.sort((a, b) => a.at - b.at))
        free = Math.max(free, at) + PACE.completes - shorter(index).cutover;
      now = free;
    }
    longest = Math.max(longest, now);
  }
  return longest;
}
