// Describes one row of the error table: what is met, and what it means.
import type { EngineFailure } from "../../../migration/observed.ts";
import type { ArmOperationId } from "../../arm/armOperations.ts";

/** One row. It is met when all that it names fits; what it does not name may be anything. */
export interface Explanation {
  /** Numeric in older answers, a name in newer ones; both also inside the message. */
  readonly codes?: readonly string[];
  /** Phrases of which one stands in the message, whatever its case; "…" stands for any text. */
  readonly says?: readonly string[];
  /** Number of SQL Server's message. The row is met by the number as well as by the phrases. */
  readonly sqlError?: number;
  /** Number of the error of Windows that SQL Server quotes, likewise. */
  readonly osError?: number;
  /** Not published, not recorded: what the service is taken to say. */
  readonly isAssumed?: true;
  /** HTTP statuses of a refusal, "4xx" for all of them. Absent: an outcome of a run as well. */
  readonly statuses?: readonly string[];
  readonly operations?: readonly ArmOperationId[];
  readonly cause: string;
  readonly remedy: string;
  readonly kind: EngineFailure["kind"];
}
