// Decides whose turn it is on a VM: DMS takes one start and one cutover at a time per VM, and at most a hundred
// databases before a pause.

export interface VmQueue {
  /** Starts since the last cool-down. */
  readonly startsSinceCooldown: number;
  /** UTC; no start before it. */
  readonly cooldownUntil?: string;
  readonly tickets: readonly Ticket[];
}

/** One migration on the VM: what it waits for or holds. */
export interface Ticket {
  readonly migrationId: string;
  readonly run: number;
  /** waiting: for the slot. holding: it has the slot. restoring: started, holds no slot, counts as a database of the VM. */
  readonly status: "waiting" | "holding" | "restoring";
  readonly kind: SlotKind;
  /** UTC; since when it waits, or holds. */
  readonly since: string;
}

export type SlotKind = "start" | "cutover";

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
}

/** A migration's run, as it asks and gives back. */
export interface QueuedRun {
  readonly migrationId: string;
  readonly run: number;
}

/**
 * Asks for a slot. Asking again is asking once (the same queue, when nothing has changed), and who holds it is granted it again.
 * First come, first served, per kind of slot.
 */
export function askForSlot(
  queue: VmQueue,
  asker: QueuedRun & { readonly kind: SlotKind },
  limits: VmLimits,
  now: Date,
): SlotAnswer {
  const known = queue.tickets.find(
    (ticket) => isOf(ticket, asker) && ticket.kind === asker.kind && ticket.status !== "restoring",
  );
  const mine: Ticket = known ?? { ...asker, status: "waiting", since: now.toISOString() };
  const others = queue.tickets.filter(({ migrationId }) => migrationId !== asker.migrationId);
  const isAnew = asker.kind === "start" && queue.tickets.some((ticket) => isOf(ticket, asker) && isStarted(ticket));
  const startsSinceCooldown = Math.max(0, queue.startsSinceCooldown - (isAnew ? 1 : 0)); // its start has come to nothing
  const rested = afterCooldown(
    known ? queue : { ...queue, startsSinceCooldown, tickets: [...others, mine] },
    limits,
    now,
  );
  if (mine.status === "holding") return { queue: rested, granted: true, position: 0 };

  const before = others.filter(
    (other) =>
      other.kind === asker.kind &&
      (other.status === "holding" || (other.status === "waiting" && isEarlier(other, mine))),
  );
  const isFull =
    asker.kind === "start" && (rested.startsSinceCooldown >= limits.maxDatabases || rested.cooldownUntil !== undefined);
  if (before.length > 0 || isFull) return { queue: rested, granted: false, position: before.length + 1 };
  return {
    queue: {
      ...rested,
      tickets: [...others, { ...mine, status: "holding", since: now.toISOString() }],
      startsSinceCooldown: rested.startsSinceCooldown + (asker.kind === "start" ? 1 : 0),
    },
    granted: true,
    position: 0,
  };
}

/** How long DMS takes for one start and one cutover, minutes (tutorial of 2024). */
const SLOT_MINUTES: Readonly<Record<SlotKind, number>> = { start: 2, cutover: 1 };

/** Minutes until a migration that waits has its turn, as long as each turn takes as usual; 0 when it waits for none. */
export function waitMinutes({ tickets, cooldownUntil }: VmQueue, migrationId: string, now: Date): number {
  const mine = tickets.find((ticket) => ticket.migrationId === migrationId && ticket.status === "waiting");
  if (!mine) return 0;
  const first = tickets.filter(
    (ticket) =>
      ticket.kind === mine.kind &&
      (ticket.status === "holding" || (ticket.status === "waiting" && isEarlier(ticket, mine))),
  );
  const rest = mine.kind === "start" && cooldownUntil ? (Date.parse(cooldownUntil) - now.getTime()) / 60_000 : 0;
  return first.length * SLOT_MINUTES[mine.kind] + Math.max(0, rest);
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
 * DMS has begun with it: it holds no slot, and counts as a start and as a database of the VM, also where it had let others go first.
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
 * Gives the slot of a start back that has not come about, or its place in the queue: the others go first, and it counts as no start.
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

/** Takes away the tickets of runs that are over: whoever should have given them back died before. The same queue when there is none. */
export function withoutDead(queue: VmQueue, isOver: (ticket: Ticket) => boolean): VmQueue {
  const tickets = queue.tickets.filter((ticket) => !isOver(ticket));
  return tickets.length === queue.tickets.length ? queue : { ...queue, tickets };
}

/** At the cap: once all have ended the pause begins, and after it the count starts anew. */
function afterCooldown(queue: VmQueue, limits: VmLimits, now: Date): VmQueue {
  if (queue.startsSinceCooldown < limits.maxDatabases) return queue;
  if (queue.cooldownUntil === undefined) {
    if (queue.tickets.some(isOnVm)) return queue;
    return { ...queue, cooldownUntil: new Date(now.getTime() + limits.cooldownMinutes * 60_000).toISOString() };
  }
  if (now.toISOString() < queue.cooldownUntil) return queue;
  const { cooldownUntil: _, ...rested } = queue;
  return { ...rested, startsSinceCooldown: 0 };
}

const isStarted = ({ status, kind }: Ticket): boolean => status === "restoring" && kind === "start";

/** Started and not ended: it holds a slot, is being restored, or waits for its cutover. */
const isOnVm = ({ status, kind }: Ticket): boolean => status !== "waiting" || kind === "cutover";

const isOf = (ticket: Ticket, { migrationId, run }: QueuedRun): boolean =>
  ticket.migrationId === migrationId && ticket.run === run;

const isEarlier = (one: Ticket, other: Ticket): boolean =>
  one.since === other.since ? one.migrationId < other.migrationId : one.since < other.since;
