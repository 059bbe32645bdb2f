// Selects what of DMS's own view of a migration is stored for the page.
import type { DmsView } from "../../migration/migration.ts";
import type { EngineOperation } from "../../migration/observed.ts";

/** More sets at a time are not worth a bigger row: those that are not restored come first. */
const MOST_SETS = 40;
/** Of names and of errors, for the same reason. */
const MOST_LINES = 100;

/** `before` is the view stored at the last look: while nothing differs, the time of the last change stays. */
export function dmsView(
  { migrationStatus, provisioningState, details }: EngineOperation,
  now: Date,
  before: DmsView | undefined,
): DmsView {
  const sets = details?.sets && [...details.sets].sort((a, b) => Number(a.isRestored ?? 0) - Number(b.isRestored ?? 0));
  const view = {
    ...(migrationStatus !== undefined && { migrationStatus }),
    ...(provisioningState !== undefined && { provisioningState }),
    ...details,
    ...(sets && { sets: sets.slice(0, MOST_SETS) }),
    ...(details?.invalidFiles && { invalidFiles: details.invalidFiles.slice(0, MOST_LINES) }),
    ...(details?.uploadErrors && { uploadErrors: details.uploadErrors.slice(0, MOST_LINES) }),
  };
  const seenAt = now.toISOString();
  const { seenAt: _, changedAt, ...shown } = before ?? { seenAt };
  return { ...view, seenAt, changedAt: isSame(view, shown) ? (changedAt ?? seenAt) : seenAt };
}

/** Whatever the order of the members; LSNs are the only bigints. */
export const isSame = (a: object, b: object): boolean => canonical(a) === canonical(b);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === "bigint") return member.toString();
    if (typeof member !== "object" || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([x], [y]) => (x < y ? -1 : 1)));
  });
