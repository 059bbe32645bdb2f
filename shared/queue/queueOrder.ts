// Decides who goes before whom on a VM: cutovers before starts, then by priority, wave and the time of the request.
import type { SlotAnswer, SlotKind, Ticket, VmQueue } from "./vmQueue.ts";

/** What people say of a migration's place; the higher priority and the lower wave go first. */
export interface Rank {
  /** 0 to 100. */
  readonly priority?: number;
  /** From 0; a migration of no wave comes after all waves. */
  readonly wave?: number;
}

export const USUAL_PRIORITY = 50;

type Waiting = Pick<Ticket, "migrationId" | "kind" | "since" | "isRetried" | "priority" | "wave">;

/**
 * Negative: `one` goes first. Who has had a turn that came to nothing goes behind all who have had none, whatever its
 * priority: else a
 * few that cannot start would take every other turn.
 */
const compareTickets = (one: Waiting, other: Waiting): number =>
  Number(one.kind === "start") - Number(other.kind === "start") ||
  Number(one.isRetried === true) - Number(other.isRetried === true) ||
  (other.priority ?? USUAL_PRIORITY) - (one.priority ?? USUAL_PRIORITY) ||
  waveOf(one) - waveOf(other) ||
  compareText(one.since, other.since) ||
  compareText(one.migrationId, other.migrationId);

const waveOf = ({ wave }: Rank): number => wave ?? Number.MAX_SAFE_INTEGER;
const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** Those that wait, in the order of their turns. */
export const inLine = ({ tickets }: VmQueue): readonly Ticket[] =>
  tickets.filter(({ status }) => status === "waiting").sort(compareTickets);

/** Whoever wants a slot of this kind and gets it before `mine`: who holds it, and who waits and goes first. */
export const before = (tickets: readonly Ticket[], mine: Waiting & { readonly kind: SlotKind }): readonly Ticket[] =>
  tickets.filter(
    (other) =>
      other.kind === mine.kind &&
      other.migrationId !== mine.migrationId &&
      (other.status === "holding" || (other.status === "waiting" && compareTickets(other, mine) < 0)),
  );

/** How long DMS takes for one start and one cutover, minutes (tutorial of 2024). */
const SLOT_MINUTES: Readonly<Record<SlotKind, number>> = { start: 2, cutover: 1 };

/** Minutes until a migration that waits has its turn, as long as each turn takes as usual; 0 when it waits for none. */
export function waitMinutes({ tickets, cooldownUntil }: VmQueue, migrationId: string, now: Date): number {
  const mine = tickets.find((ticket) => ticket.migrationId === migrationId && ticket.status === "waiting");
  if (!mine) return 0;
  const rest = mine.kind === "start" && cooldownUntil ? (Date.parse(cooldownUntil) - now.getTime()) / 60_000 : 0;
  return before(tickets, mine).length * SLOT_MINUTES[mine.kind] + Math.max(0, rest);
}

/** Who is next looks often: while nobody takes a slot that is free, DMS does nothing. Everybody else has time. */
const NEXT_LOOKS_SECONDS = 5;

/** Seconds until a migration that has not been granted a slot asks again; `usual` for whoever is not next. */
export function nextAskSeconds(
  { isNext, queue: { cooldownUntil } }: Pick<SlotAnswer, "isNext" | "queue">,
  isFull: boolean,
  usual: number,
  now: Date,
): number {
  if (!isNext) return usual;
  if (!isFull) return Math.min(usual, NEXT_LOOKS_SECONDS);
  const rest = cooldownUntil === undefined ? usual : Math.ceil((Date.parse(cooldownUntil) - now.getTime()) / 1_000);
  return Math.max(1, Math.min(usual, rest));
}
