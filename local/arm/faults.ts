// What goes wrong on demand? Faults by name, each for some requests or runs.
import { same } from "./resources.ts";

/** POST /_emulator/faults. */
export interface Fault {
  readonly kind: FaultKind;
  /** Absent members fit everything. */
  readonly match: { readonly vm?: string; readonly targetDb?: string };
  /** How often it still happens; vmPoweredOff lasts until it is removed. */
  readonly times: number;
}

export const FAULT_KINDS = [
  "loginFailed", // the start fails before an operation id exists
  "storage403", // likewise
  "fileExists", // the start fails, with an operation id
  "internalError1010", // likewise
  "throttle429", // a request is answered 429 with Retry-After
  "lostAnswer", // a mutation is carried out and the connection is cut
  "vmPoweredOff", // the VM is off until the fault is removed: DELETE /_emulator/faults
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultPlace {
  readonly vm: string;
  readonly targetDb?: string;
}

const fits = (fault: Fault, { vm, targetDb }: FaultPlace): boolean =>
  (fault.match.vm === undefined || same(fault.match.vm, vm)) &&
  (fault.match.targetDb === undefined || same(fault.match.targetDb, targetDb));

export const isActive = (faults: readonly Fault[], kind: FaultKind, place: FaultPlace): boolean =>
  faults.some((fault) => fault.kind === kind && fits(fault, place));

/** The first fault of these kinds that fits, and what is left once it has happened. */
export function take<Kind extends FaultKind>(
  faults: readonly Fault[],
  kinds: readonly Kind[],
  place: FaultPlace,
): { readonly kind: Kind; readonly left: readonly Fault[] } | undefined {
  const index = faults.findIndex((fault) => (kinds as readonly FaultKind[]).includes(fault.kind) && fits(fault, place));
  const fault = faults[index];
  if (fault === undefined) return undefined;
  const rest = fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
  return { kind: fault.kind as Kind, left: [...faults.slice(0, index), ...rest, ...faults.slice(index + 1)] };
}
