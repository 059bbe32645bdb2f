// Decides whether a request of a person is still open, and records the answer to it.
import type { MigrationRequest, RequestOutcome } from "../../migration/migration.ts";

/** A request counts for the run it was made in, until it has an outcome. */
export const isOpen = <Kind extends MigrationRequest>(request: Kind | undefined, run: number): request is Kind =>
  request !== undefined && request.run === run && request.outcome === undefined;

/** The same request with its outcome. */
export const answered = <Kind extends MigrationRequest>(
  request: Kind,
  status: RequestOutcome["status"],
  at: string,
  detail: string,
): Kind => ({
  ...request,
  outcome: { status, at, detail },
});
