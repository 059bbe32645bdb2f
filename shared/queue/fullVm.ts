// Decides whether a VM takes no start because of its cap, as a wait that people understand.
import type { WaitingOn } from "../migration/migration.ts";
import type { Obstacle } from "../migration/waiting.ts";
import { startsOf, type VmLimits, type VmQueue } from "./vmQueue.ts";

const VM_IS_FULL = "VM_MAX_DATABASES";

/**
 * The VM takes no start until those before are over. Undefined: it takes one as soon as it is this migration's turn.
 * `position` 1: the next in
 * line; of fifty that wait for the same VM it alone tells people.
 */
export function fullVm(
  queue: VmQueue,
  { maxDatabases, cooldownMinutes }: VmLimits,
  position: number,
): Obstacle | undefined {
  const { cooldownUntil, tickets, elsewhere = [] } = queue;
  const starts = startsOf(queue);
  if (starts < maxDatabases && cooldownUntil === undefined) return undefined;
  const byOthers = elsewhere.length > 0 ? `, ${elsewhere.length} of them outside sqlferry (${named(elsewhere)})` : "";
  const open = tickets.filter(({ status, kind }) => status !== "waiting" || kind === "cutover").length;
  return {
    what: "room on the VM",
    code: VM_IS_FULL,
    cause:
      cooldownUntil === undefined
        ? `${starts} databases were started on this VM${byOthers}, as many as it takes before a pause; ${open} of ${byOthers === "" ? "them" : "sqlferry's"} are not over.`
        : `The VM rests until ${cooldownUntil} after ${starts} databases${byOthers}.`,
    remedy: `None while they go on: once all of them are over and ${cooldownMinutes} minutes have passed, the next one starts by itself. If one is forgotten, cut it over or cancel it; or raise VM_MAX_DATABASES, or take another VM.`,
    needsAPerson: false,
    ...(position > 1 && { isQuiet: true }),
  };
}

const named = (names: readonly string[]): string =>
  names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");

/** True when the VM took no start: over as soon as it takes one. */
export const isOfFullVm = ({ code }: WaitingOn): boolean => code === VM_IS_FULL;
