// Keeps the faults that are switched on by name, each for some requests or runs, and decides which one strikes.
import { DOCUMENTED_ERRORS, type DocumentedErrorName, type Place } from "./documentedErrors.ts";
import { same } from "./resources.ts";

/** POST /_emulator/faults. */
export interface Fault {
  readonly kind: FaultKind;
  /** Absent members fit everything. */
  readonly match: { readonly vm?: string; readonly targetDb?: string; readonly method?: string };
  /** How often it still happens; vmPoweredOff lasts until it is removed. */
  readonly times: number;
  /** How many fitting occasions pass unharmed before. */
  readonly after: number;
  /** Of an outcome: it strikes a run that has restored so many backup sets. Absent: a start. */
  readonly afterSets?: number;
}

/** What goes wrong beside the documented errors. */
export const DISTURBANCES = [
  "slowValidation", // the start takes ten times as long
  "throttle429", // a request is answered 429 with Retry-After
  "serverError503", // a request is answered 503, and nothing happened
  "lostAnswer", // a mutation is carried out and the connection is cut
  "lostPolls", // the operation URL is answered 503
  "statusRegression", // a look shows what was the case before the last backup
  "unknownStatus", // a look shows a migrationStatus that nobody has heard of
  "lastSetOmitted", // a look shows no lastRestoredBackupSetInfo, though lastRestoredFilename is there
  "vmPoweredOff", // the VM is off until the fault is removed: DELETE /_emulator/faults
] as const;

export type FaultKind = (typeof DISTURBANCES)[number] | DocumentedErrorName;

const isDocumented = (name: string): name is DocumentedErrorName => Object.hasOwn(DOCUMENTED_ERRORS, name);

const DOCUMENTED = Object.keys(DOCUMENTED_ERRORS).filter(isDocumented);

/** Each documented error by its name as well: an outcome strikes a start, a refusal the request that it answers. */
export const FAULT_KINDS: readonly FaultKind[] = [...DISTURBANCES, ...DOCUMENTED];

/** The documented errors that are told in these places. */
export const documentedAt = (...places: readonly Place[]): readonly DocumentedErrorName[] =>
  DOCUMENTED.filter((name) => places.includes(DOCUMENTED_ERRORS[name].at));

export interface FaultPlace {
  readonly vm: string;
  readonly targetDb?: string;
  readonly method?: string;
  /** Of a run under way: how many backup sets it has restored. */
  readonly restoredSets?: number;
}

const fits = (fault: Fault, { vm, targetDb, method, restoredSets }: FaultPlace): boolean =>
  (restoredSets === undefined ? fault.afterSets === undefined : restoredSets >= (fault.afterSets ?? Infinity)) &&
  (fault.match.vm === undefined || same(fault.match.vm, vm)) &&
  (fault.match.targetDb === undefined || same(fault.match.targetDb, targetDb)) &&
  (fault.match.method === undefined || same(fault.match.method, method));

export const isActive = (faults: readonly Fault[], kind: FaultKind, place: FaultPlace): boolean =>
  faults.some((fault) => fault.kind === kind && fits(fault, place));

/** What happens on this occasion, if anything, and the faults that are left afterwards. */
export interface Occasion<Kind extends FaultKind> {
  readonly kind?: Kind;
  readonly left: readonly Fault[];
}

/** The first fault of these kinds that fits: it strikes, or lets this occasion pass. */
export function take<Kind extends FaultKind>(
  faults: readonly Fault[],
  kinds: readonly Kind[],
  place: FaultPlace,
): Occasion<Kind> {
  const index = faults.findIndex((fault) => (kinds as readonly FaultKind[]).includes(fault.kind) && fits(fault, place));
  const fault = faults[index];
  if (fault === undefined) return { left: faults };
  const replaced = (rest: readonly Fault[]) => [...faults.slice(0, index), ...rest, ...faults.slice(index + 1)];
  if (fault.after > 0) return { left: replaced([{ ...fault, after: fault.after - 1 }]) };
  const rest = fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
  return { kind: fault.kind as Kind, left: replaced(rest) };
}
