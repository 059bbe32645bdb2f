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
