// Decides when a delivery is tried again, by Event Grid's schedule ("Event Grid message delivery and retry").

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const LADDER_MS = [
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
];

/** Event Grid's default for maxDeliveryAttempts. */
const MAX_ATTEMPTS = 30;

/** These answers say that trying again is pointless. */
const HOPELESS: readonly number[] = [400, 403, 413];

export type NextStep =
  | { readonly step: "delivered" }
  | { readonly step: "retry"; readonly afterMs: number }
  | { readonly step: "deadLetter"; readonly reason: string };

/**
 * After attempt number `attempts` (from 1) was answered with `status`, undefined when nobody answered.
 * `speed` divides the waits: 1 as in Azure.
 */
export function afterAttempt(attempts: number, status: number | undefined, speed: number): NextStep {
  if (status !== undefined && status >= 200 && status < 300) return { step: "delivered" };
  if (status !== undefined && HOPELESS.includes(status))
    return { step: "deadLetter", reason: `the answer ${status} is not retried` };
  if (attempts >= MAX_ATTEMPTS) return { step: "deadLetter", reason: `${MAX_ATTEMPTS} attempts failed` };
  return { step: "retry", afterMs: (LADDER_MS[attempts - 1] ?? 12 * HOUR) / speed };
}
