// Decides by a seed which faults happen, and when: everything that Azure may do to an app; the same seed, the same
// faults. Pure.
import { createHash } from "node:crypto";

/** Each fault with its usual share of the occasions, and what it does. */
const FAULTS = {
  // activities and their worker
  activityTwice: [0.1, "an activity runs a second time, and its second result counts"],
  activityHangs: [0.005, "an activity never answers: after the function timeout the worker is replaced"],
  workerDies: [
    0.005,
    "the worker dies: every activity and every orchestration whose turn runs has failed, every other call is lost",
  ],
  turnDies: [0.002, "the worker dies while this turn of an orchestration runs: the orchestration has failed for good"],
  // time
  messageLate: [0.2, "a result, an event or an activity waits as long as an idle queue is not polled"],
  timerLate: [0.2, "a timer fires late by up to the polling interval"],
  timerEarly: [0.3, "a timer's delay is cut to whole seconds"],
  recoveryLate: [1, "what was in flight at a crash comes back only after the visibility timeout"],
  // deliveries of blob events, queue messages and Event Grid events
  deliveryLost: [0.03, "it never arrives"],
  deliveryTwice: [0.1, "it arrives twice"],
  deliveryLate: [0.2, "it arrives late"],
  deliveriesReordered: [0.3, "those that came together arrive in another order"],
  deliveryStale: [0.05, "a blob event comes once more much later, with its old ETag"],
  deliveryForeign: [0.05, "a blob of another container is delivered as well"],
  deliveryOutage: [0.01, "all tries of a blob event fail within a moment: the blob is poison"],
  // storage, between the app and its account
  storageFails: [0.01, "a storage call is answered 503 and does nothing"],
  storageTimesOut: [0.002, "a storage call does nothing and is never answered"],
  storageAnswerLost: [0.005, "a storage call is carried out, and its answer is lost"],
  // the process ends between two steps
  crashMessageTaken: [0.002, "a message was taken; nothing was done with it"],
  crashEpisodeDecided: [0.002, "between an episode's decision and its commit"],
  crashEpisodeCommitted: [0.002, "after an episode's commit, before anybody learns of it"],
  crashActivityEnded: [0.002, "between an activity's result and its commit"],
  crashResultCommitted: [0.002, "after the result's commit"],
  crashStartCommitted: [0.002, "an orchestration was started; whoever asked is not answered"],
  crashEventCommitted: [0.002, "an event was raised; whoever raised it is not answered"],
  crashDeliveryWritten: [0.002, "between a blob event's delivery and its receipt"],
  crashDeliveryRun: [0.002, "a blob function has run; its event is still there"],
  crashPoisonSent: [0.002, "a poison message was sent; the blob event is still there"],
  crashMessageRun: [0.002, "a queue function has run; its message is still there"],
  crashMessagePoisoned: [0.002, "a poison message was sent; the message is still in its own queue"],
  crashEventRun: [0.002, "an Event Grid function has run; the sender is not answered"],
  crashTimerRun: [0.002, "a timer function has run; that is not yet remembered"],
} as const satisfies Record<string, readonly [share: number, what: string]>;

export type Fault = keyof typeof FAULTS;
export type CrashPoint = Extract<Fault, `crash${string}`>;
export const ALL_FAULTS = Object.keys(FAULTS) as readonly Fault[];
export const CRASH_POINTS = ALL_FAULTS.filter((fault): fault is CrashPoint => fault.startsWith("crash"));
export const whatHappens = (fault: Fault): string => FAULTS[fault][1];

export interface FaultPlan {
  readonly seed: number;
  /** The share of its occasions at which a fault happens, from 0 to 1. */
  readonly shares: Readonly<Record<Fault, number>>;
}

/**
 * "42" is seed 42 with the usual shares; "42:timerEarly=1,crash=0" changes some, by the beginning of their names;
 * "42:none,crash=0.1" begins with none. Throws on a name that no fault begins with.
 */
export function parseFaults(text: string): FaultPlan {
  const [seed = "", rest = ""] = text.split(":");
  if (!/^\d+$/.test(seed))
    throw new Error(`"${text}" names no faults: expected a seed, as in 42 or 42:none,crash=0.01.`);
  const shares = Object.fromEntries(ALL_FAULTS.map((fault) => [fault, FAULTS[fault][0]])) as Record<Fault, number>;
  for (const part of rest.split(",").filter(Boolean)) {
    const [name = "", share = "0"] = part === "none" ? ["", "0"] : part.split("=");
    const meant = ALL_FAULTS.filter((fault) => fault.startsWith(name));
    if (meant.length === 0 || !(Number(share) >= 0 && Number(share) <= 1))
      throw new Error(`"${part}" is no fault: expected one of ${ALL_FAULTS.join(", ")}, and a share from 0 to 1.`);
    for (const fault of meant) shares[fault] = Number(share);
  }
  return { seed: Number(seed), shares };
}

/** Text that `parseFaults` understands: what somebody needs who wants to see the same again. */
export function printFaults({ seed, shares }: FaultPlan): string {
  const changed = ALL_FAULTS.filter((fault) => shares[fault] !== FAULTS[fault][0]);
  return [seed, changed.map((fault) => `${fault}=${shares[fault]}`).join(",")].filter((part) => part !== "").join(":");
}

/** One thing that arrives, and how much later than it should. */
export interface Arrival<Thing> {
  readonly thing: Thing;
  readonly delay: number;
}

export interface Faults {
  /** Does this happen to the subject now? Each question about the same subject is decided anew. */
  happens(fault: Fault, subject: string): boolean;
  /** 0 when it does not happen, else something up to `most`. */
  amount(fault: Fault, subject: string, most: number): number;
  /** Those that were sent together, as they arrive: some never, some twice, some late, perhaps in another order. */
  arrivals<Thing>(
    things: readonly Thing[],
    subjectOf: (thing: Thing) => string,
    latest: number,
  ): readonly Arrival<Thing>[];
}

export const NO_FAULTS: Faults = {
  happens: () => false,
  amount: () => 0,
  arrivals: (things) => things.map((thing) => ({ thing, delay: 0 })),
};

/** `life` counts the processes that worked on the same data: after a crash the next one meets other faults. */
export function createFaults(
  { seed, shares }: FaultPlan,
  life: number,
  tell: (fault: Fault, subject: string) => void,
): Faults {
  const asked = new Map<string, number>();

  /** From 0 to 1, evenly; it depends on nothing but the words, so it does not matter what happens in between. */
  function chance(...words: readonly string[]): number {
    const key = words.join("|");
    const count = (asked.get(key) ?? 0) + 1;
    asked.set(key, count);
    return createHash("sha256").update(`${seed}|${life}|${key}|${count}`).digest().readUInt32BE() / 2 ** 32;
  }

  function happens(fault: Fault, subject: string): boolean {
    const it = shares[fault] > 0 && chance(fault, subject) < shares[fault];
    if (it) tell(fault, subject);
    return it;
  }
  const amount = (fault: Fault, subject: string, most: number): number =>
    happens(fault, subject) ? Math.ceil(chance(fault, subject, "amount") * most) : 0;

  return {
    happens,
    amount,
    arrivals(things, subjectOf, latest) {
      const arrived = things.flatMap((thing) => {
        const subject = subjectOf(thing);
        if (happens("deliveryLost", subject)) return [];
        const times = happens("deliveryTwice", subject) ? 2 : 1;
        return Array.from({ length: times }, () => ({ thing, delay: amount("deliveryLate", subject, latest) }));
      });
      const [first] = things;
      if (first === undefined || !happens("deliveriesReordered", subjectOf(first))) return arrived;
      return arrived
        .map((arrival) => ({ arrival, place: chance("place", subjectOf(arrival.thing)) }))
        .sort((one, other) => one.place - other.place)
        .map(({ arrival }) => arrival);
    },
  };
}
