// Decides whether a request of a person is still open, and records the answer to it.
import type { Wish, WishOutcome } from "../../migration/migration.ts";

/** A wish counts for the run it was made in, until it has an outcome. */
export const isOpen = <Kind extends Wish>(wish: Kind | undefined, run: number): wish is Kind =>
  wish !== undefined && wish.run === run && wish.outcome === undefined;

/** The same wish with what became of it. */
export const answered = <Kind extends Wish>(
  wish: Kind,
  status: WishOutcome["status"],
  at: string,
  detail: string,
): Kind => ({
  ...wish,
  outcome: { status, at, detail },
});
