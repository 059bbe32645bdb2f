// Decides whose turn it is on a VM: DMS takes one start and one cutover at a time per VM, and at most a hundred
// databases before a pause.
import type { Elsewhere } from "./elsewhere.ts";
import { before, type Rank } from "./queueOrder.ts";

export interface VmQueue {
  /** Starts since the last cool-down. */
  readonly startsSinceCooldown: number;
  /** UTC; no start before it. */
  readonly cooldownUntil?: string;
  readonly tickets: readonly Ticket[];
  /** ARM id of the VM; rows of version 0.1 learn it when somebody asks. */
  readonly sqlVmResourceId?: string;
  /**
   * Databases that DMS was seen to restore here for somebody else since the last cool-down, in small letters: they
   * count as starts.
   */
  readonly elsewhere?: readonly string[];
}

/** One migration on the VM: what it waits for or holds. */
export interface Ticket extends Rank {
  readonly migrationId: string;
  readonly run: number;
  /**
   * waiting: for the slot. holding: it has the slot. restoring: started, holds no slot, counts as a database of the
   * VM.
   */
  readonly status: "waiting" | "holding" | "restoring";
  readonly kind: SlotKind;
  /** UTC; since when it waits, or holds. */
  readonly since: string;
  /** It has had a turn that came to nothing: it goes behind those that have had none. */
  readonly isRetried?: boolean;
}

export const SLOT_KINDS = ["start", "cutover"] as const;
export type SlotKind = (typeof SLOT_KINDS)[number];

export const EMPTY_QUEUE: VmQueue = { startsSinceCooldown: 0, tickets: [] };

export interface VmLimits {
  readonly maxDatabases: number;
  readonly cooldownMinutes: number;
}

export interface SlotAnswer {
  readonly queue: VmQueue;
  readonly granted: boolean;
  /** 1: next. 0: granted. */
  readonly position: number;
  /** Nobody else waits before it: the next slot that becomes free is its own. */
  readonly isNext: boolean;
}

/** A migration's run, as it asks and gives back. */
export interface QueuedRun {
  readonly migrationId: string;
  readonly run: number;
}

/** Who asks, for what, and with which rank. */
export interface Asker extends QueuedRun, Rank {
  readonly kind: SlotKind;
  /** It asks again after a turn that came to nothing. */
  readonly isRetried?: boolean;
}

/**
 * Asks for a slot. Asking again is asking once (the same queue, when nothing has changed), and who holds it is granted
 * it again. Per kind
 * of slot in the order of compareTickets. `elsewhere`: what DMS does on the VM for others, as far as it is known.
 */
export function askForSlot(
  queue: VmQueue,
  asker: Asker,
  limits: VmLimits,
  now: Date,
  elsewhere: readonly Elsewhere[] = [],
): SlotAnswer {
  const known = queue.tickets.find(
    (ticket) => isOf(ticket, asker) && ticket.kind === asker.kind && ticket.status !== "restoring",
  );
  const mine: Ticket = known ? reranked(known, asker) : { ...asker, status: "waiting", since: now.toISOString() };
  const others = queue.tickets.filter(({ migrationId }) => migrationId !== asker.migrationId);
  const isAnew = asker.kind === "start" && queue.tickets.some((ticket) => isOf(ticket, asker) && isStarted(ticket));
  // its start has come to nothing
  const startsSinceCooldown = Math.max(0, queue.startsSinceCooldown - (isAnew ? 1 : 0));
  const queued = mine === known ? queue : { ...queue, startsSinceCooldown, tickets: [...others, mine] };
  const rested = afterCooldown(withElsewhere(queued, elsewhere), limits, now, elsewhere);
  if (mine.status === "holding") return { queue: rested, granted: true, position: 0, isNext: false };

  const ahead = before(others, mine);
  const isBusy = elsewhere.some(({ isAt }) => isAt === asker.kind);
  const isFull =
    asker.kind === "start" && (startsOf(rested) >= limits.maxDatabases || rested.cooldownUntil !== undefined);
  if (ahead.length > 0 || isBusy || isFull) {
    const isNext = !ahead.some(({ status }) => status === "waiting");
    return { queue: rested, granted: false, position: ahead.length + (isBusy ? 1 : 0) + 1, isNext };
  }
  return {
    queue: {
      ...rested,
      tickets: [...others, { ...mine, status: "holding", since: now.toISOString() }],
      startsSinceCooldown: rested.startsSinceCooldown + (asker.kind === "start" ? 1 : 0),
    },
    granted: true,
    position: 0,
    isNext: false,
  };
}

/**
 * A migration that was given another rank while it waited keeps the time of its request, and its turn is as good as a
 * first one.
 */
function reranked(known: Ticket, { priority, wave }: Rank): Ticket {
  if (known.status !== "waiting" || (known.priority === priority && known.wave === wave)) return known;
  const { migrationId, run, status, kind, since } = known;
  return {
    ...{ migrationId, run, status, kind, since },
    ...(priority !== undefined && { priority }),
    ...(wave !== undefined && { wave }),
  };
}

/** Starts that count for the cap, those outside sqlferry among them. */
export const startsOf = ({ startsSinceCooldown, elsewhere = [] }: VmQueue): number =>
  startsSinceCooldown + elsewhere.length;

/** The same queue when they are known. */
function withElsewhere(queue: VmQueue, seen: readonly Elsewhere[]): VmQueue {
  const { elsewhere = [] } = queue;
  const news = seen.map(({ databaseName }) => databaseName).filter((name) => !elsewhere.includes(name));
  return news.length === 0 ? queue : { ...queue, elsewhere: [...elsewhere, ...news] };
}

/**
 * Gives back what the run holds or waits for. `stillRestoring`: it goes on counting as a database of the VM.
 * The same queue when there is nothing to give: a later run's ticket is left alone.
 */
export function giveBack(
  queue: VmQueue,
  run: QueuedRun,
  { stillRestoring }: { readonly stillRestoring: boolean },
): VmQueue {
  const mine = queue.tickets.find((ticket) => isOf(ticket, run));
  if (!mine || (stillRestoring && mine.status === "restoring")) return queue;
  const others = queue.tickets.filter((ticket) => ticket !== mine);
  return { ...queue, tickets: stillRestoring ? [...others, { ...mine, status: "restoring" }] : others };
}

/**
 * DMS has begun with it: it holds no slot, and counts as a start and as a database of the VM, also where it had let
 * others go first.
 * The same queue when it does already, when it waits for its cutover, or when a later run has a place.
 */
export function countAsStarted(queue: VmQueue, run: QueuedRun, now: Date): VmQueue {
  const known = queue.tickets.find(({ migrationId }) => migrationId === run.migrationId);
  const mine = known && isOf(known, run) ? known : undefined;
  if (known && (known.run > run.run || (mine && (isStarted(mine) || mine.kind === "cutover")))) return queue;
  const { migrationId } = run;
  const ticket: Ticket = { migrationId, run: run.run, status: "restoring", kind: "start", since: now.toISOString() };
  return {
    ...queue,
    startsSinceCooldown: queue.startsSinceCooldown + (mine?.status === "holding" ? 0 : 1),
    tickets: [...queue.tickets.filter((other) => other !== known), ticket],
  };
}

/**
 * Gives the slot of a start back that has not come about, or its place in the queue: the others go first, and it
 * counts as no start.
 * The same queue when the run has neither.
 */
export function standAside(queue: VmQueue, run: QueuedRun): VmQueue {
  const mine = queue.tickets.find(
    (ticket) => isOf(ticket, run) && ticket.kind === "start" && ticket.status !== "restoring",
  );
  if (!mine) return queue;
  return {
    ...queue,
    tickets: queue.tickets.filter((ticket) => ticket !== mine),
    startsSinceCooldown: queue.startsSinceCooldown - (mine.status === "holding" ? 1 : 0),
  };
}

/** It is this run's turn. */
export const holdsSlot = (queue: VmQueue, run: QueuedRun, kind: SlotKind): boolean =>
  queue.tickets.some((ticket) => isOf(ticket, run) && ticket.kind === kind && ticket.status === "holding");

/**
 * Takes away the tickets of runs that are over: whoever should have given them back died before. The same queue when
 * there is none.
 */
export function withoutDead(queue: VmQueue, isOver: (ticket: Ticket) => boolean): VmQueue {
  const tickets = queue.tickets.filter((ticket) => !isOver(ticket));
  return tickets.length === queue.tickets.length ? queue : { ...queue, tickets };
}

/** At the cap: once all have ended the pause begins, and after it the count starts anew. */
function afterCooldown(queue: VmQueue, limits: VmLimits, now: Date, elsewhere: readonly Elsewhere[]): VmQueue {
  if (startsOf(queue) < limits.maxDatabases && queue.cooldownUntil === undefined) return queue;
  if (queue.cooldownUntil === undefined) {
    if (queue.tickets.some(isOnVm) || elsewhere.length > 0) return queue;
    return { ...queue, cooldownUntil: new Date(now.getTime() + limits.cooldownMinutes * 60_000).toISOString() };
  }
  if (now.toISOString() < queue.cooldownUntil) return queue;
  const { cooldownUntil: _, elsewhere: __, ...rested } = queue;
  return withElsewhere({ ...rested, startsSinceCooldown: 0 }, elsewhere);
}

const isStarted = ({ status, kind }: Ticket): boolean => status === "restoring" && kind === "start";

/** Started and not ended: it holds a slot, is being restored, or waits for its cutover. */
const isOnVm = ({ status, kind }: Ticket): boolean => status !== "waiting" || kind === "cutover";

const isOf = (ticket: Ticket, { migrationId, run }: QueuedRun): boolean =>
  ticket.migrationId === migrationId && ticket.run === run;
