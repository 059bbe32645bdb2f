// Decides whether a VM takes no start because of its cap, as a wait that people understand.
import type { WaitingOn } from "../migration/migration.ts";
import type { Obstacle } from "../migration/waiting.ts";
import type { VmLimits, VmQueue } from "./vmQueue.ts";

const VM_IS_FULL = "VM_MAX_DATABASES";

/**
 * The VM takes no start until those before are over. Undefined: it takes one as soon as it is this migration's turn. `position` 1: the next in
 * line; of fifty that wait for the same VM it alone tells people.
 */
export function fullVm(
  { startsSinceCooldown, cooldownUntil, tickets }: VmQueue,
  { maxDatabases, cooldownMinutes }: VmLimits,
  position: number,
): Obstacle | undefined {
  if (startsSinceCooldown < maxDatabases && cooldownUntil === undefined) return undefined;
  const open = tickets.filter(({ status, kind }) => status !== "waiting" || kind === "cutover").length;
  return {
    what: "room on the VM",
    code: VM_IS_FULL,
    cause:
      cooldownUntil === undefined
        ? `${startsSinceCooldown} databases were started on this VM, as many as it takes before a pause; ${open} of them are not over.`
        : `The VM rests until ${cooldownUntil} after ${startsSinceCooldown} databases.`,
    remedy: `None while they go on: once all of them are over and ${cooldownMinutes} minutes have passed, the next one starts by itself. If one is forgotten, cut it over or cancel it; or raise VM_MAX_DATABASES, or take another VM.`,
    needsAPerson: false,
    ...(position > 1 && { isQuiet: true }),
  };
}

/** True when the VM took no start: over as soon as it takes one. */
export const isOfFullVm = ({ code }: WaitingOn): boolean => code === VM_IS_FULL;
