// Decides whether the operation that DMS shows is the one that this run requested; only then it is adopted or canceled.
import type { RestoreRequest } from "../../migration/migration.ts";
import type { Observation } from "../../migration/observed.ts";

/** The clocks of DMS and of this app differ by seconds; another client's operation began hours earlier. */
const CLOCK_SKEW_MS = 5 * 60_000;
/**
 * An answer to GET may be older than the accepted PUT. Creating takes DMS a few minutes at most: after that the
 * operation is gone.
 */
const SHOWN_AFTER_MS = 10 * 60_000;
/**
 * For a PUT without an answer: its timeout is half a minute, and Azure forwards it within another or never. Assumed,
 * with a margin.
 */
const UNANSWERED_SHOWN_AFTER_MS = 5 * 60_000;

/** What distinguishes one operation from the next; "absent" when there is none. */
export const fingerprintOf = (seen: Observation): string =>
  seen.kind === "present" ? seen.operation.fingerprint : "absent";

/** DMS may be at work on it, or about to: a request that it has not shown by then never reached it. */
export const mayBeUnderWay = (request: RestoreRequest | undefined, now: Date): boolean =>
  request !== undefined && !request.refused && now.getTime() - Date.parse(request.at) < SHOWN_AFTER_MS;

/**
 * notShownYet: DMS has the request, or may have it, and still shows what was there before, which says nothing about
 * this run.
 */
export function ownershipOf(
  request: RestoreRequest | undefined,
  seen: Observation,
  now: Date,
): "ours" | "notShownYet" | "notOurs" {
  if (!request || request.refused) return "notOurs";
  const askedAt = Date.parse(request.at);
  if (fingerprintOf(seen) === request.before) {
    const shownAfter = request.accepted ? SHOWN_AFTER_MS : UNANSWERED_SHOWN_AFTER_MS;
    return now.getTime() - askedAt < shownAfter ? "notShownYet" : "notOurs";
  }
  if (seen.kind !== "present") return "notOurs";
  if (request.accepted) return "ours";
  // the answer was lost: an operation that began before the request is not ours
  const { startedOn } = seen.operation;
  return startedOn !== undefined && Date.parse(startedOn) < askedAt - CLOCK_SKEW_MS ? "notOurs" : "ours";
}
