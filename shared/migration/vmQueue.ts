// Whose turn is it on a VM? DMS takes one start and one cutover at a time per VM, and at most a hundred databases before a pause.

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

/** Asks for a slot; asking again is asking once, and who holds it is granted it again. First come, first served, per kind of slot. */
export function askForSlot(
  queue: VmQueue,
  asker: { readonly migrationId: string; readonly run: number; readonly kind: SlotKind },
  limits: VmLimits,
  now: Date,
): SlotAnswer {
  const rested = afterCooldown(queue, limits, now);
  const mine = rested.tickets.find((ticket) => isOf(ticket, asker));
  const ticket: Ticket =
    mine && mine.kind === asker.kind && mine.status !== "restoring"
      ? mine
      : { ...asker, status: "waiting", since: now.toISOString() };
  const tickets = [...rested.tickets.filter((other) => other.migrationId !== asker.migrationId), ticket];
  const waiting = { ...rested, tickets };
  if (ticket.status === "holding") return { queue: waiting, granted: true, position: 0 };

  const rivals = tickets.filter((other) => other.kind === asker.kind && other !== ticket);
  const before = rivals.filter(
    (other) => other.status === "holding" || (other.status === "waiting" && isEarlier(other, ticket)),
  );
  const full =
    asker.kind === "start" && (rested.startsSinceCooldown >= limits.maxDatabases || rested.cooldownUntil !== undefined);
  if (before.length > 0 || full) return { queue: waiting, granted: false, position: before.length + 1 };
  const held: Ticket = { ...ticket, status: "holding", since: now.toISOString() };
  return {
    queue: {
      ...waiting,
      tickets: [...tickets.filter((other) => other !== ticket), held],
      startsSinceCooldown: rested.startsSinceCooldown + (asker.kind === "start" ? 1 : 0),
    },
    granted: true,
    position: 0,
  };
}

/** Gives back what the migration holds or waits for. `stillRestoring`: it goes on counting as a database of the VM. The same queue when there is nothing to give. */
export function giveBack(
  queue: VmQueue,
  migrationId: string,
  { stillRestoring }: { readonly stillRestoring: boolean },
): VmQueue {
  const mine = queue.tickets.find((ticket) => ticket.migrationId === migrationId);
  if (!mine || (stillRestoring && mine.status === "restoring")) return queue;
  const others = queue.tickets.filter((ticket) => ticket !== mine);
  return { ...queue, tickets: stillRestoring ? [...others, { ...mine, status: "restoring" }] : others };
}

/** At the cap: once all have ended the pause begins, and after it the count starts anew. */
function afterCooldown(queue: VmQueue, limits: VmLimits, now: Date): VmQueue {
  if (queue.startsSinceCooldown < limits.maxDatabases) return queue;
  if (queue.cooldownUntil === undefined) {
    if (queue.tickets.some((ticket) => ticket.status !== "waiting")) return queue;
    return { ...queue, cooldownUntil: new Date(now.getTime() + limits.cooldownMinutes * 60_000).toISOString() };
  }
  if (now.toISOString() < queue.cooldownUntil) return queue;
  const { cooldownUntil: _, ...rested } = queue;
  return { ...rested, startsSinceCooldown: 0 };
}

const isOf = (ticket: Ticket, asker: { readonly migrationId: string; readonly run: number }): boolean =>
  ticket.migrationId === asker.migrationId && ticket.run === asker.run;

const isEarlier = (one: Ticket, other: Ticket): boolean =>
  one.since === other.since ? one.migrationId < other.migrationId : one.since < other.since;
