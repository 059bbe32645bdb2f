// Tells what an offline start leaves out for good: what the source writes after the last backup, and the files that a
// forced start passes over.
import type { ChainReport, ChainVerdict } from "../chain/chainReport.ts";
import { fileNameOf } from "../chain/files/identity.ts";
import { beyondThePlan } from "./planRefusals.ts";

/** Of an offline start: once DMS has begun, nothing more is taken along. */
export interface StartLoss {
  /** End of the last backup that is restored: the source's wall clock, or an LSN where no time is known. */
  readonly since: string;
  /** Blobs that the start passes over, since it was forced. */
  readonly passedOver: readonly string[];
  /** In sentences. */
  readonly text: string;
}

/** What has to be known of a chain, as it is or as the API shows it, to tell whether its end is open. */
export interface ChainEnd {
  readonly mode?: string;
  readonly verdict?: ChainVerdict | string;
  /** By a tail log. */
  readonly closed?: boolean;
  readonly lastBackupName?: string | undefined;
  readonly restorableTo?: { readonly time?: string; readonly lsn?: bigint | string } | undefined;
}

/** "2025-11-24 21:45:00", or "LSN 200"; undefined while nothing can be restored. */
const endOf = ({ restorableTo }: ChainEnd): string | undefined =>
  restorableTo && (restorableTo.time ? restorableTo.time.replace("T", " ") : `LSN ${restorableTo.lsn}`);

/**
 * The sentence about what the source writes after the last backup; undefined when a tail log closes it, or while
 * nothing can be restored.
 */
export function openEnd(chain: ChainEnd): string | undefined {
  const end = endOf(chain);
  if (chain.mode !== "offline" || chain.verdict !== "restorable" || chain.closed || end === undefined) return undefined;
  return `The last backup ends at ${end} (${fileNameOf(chain.lastBackupName ?? "no file")}), and no tail log closes the source: what it writes after that will not be on the target.`;
}

/**
 * Undefined when nothing is known to be left out: online, or a tail log ends the plan and nothing is passed over.
 * `isForced`: the start goes past all files that cannot be used and may reach beyond the plan.
 */
export function lossAtStart(report: ChainReport, isForced: boolean): StartLoss | undefined {
  const since = endOf(report);
  if (report.mode !== "offline" || since === undefined) return undefined;
  const passedOver = isForced ? report.unusableNewer.map(({ file }) => file) : [];
  const forced =
    passedOver.length > 0 &&
    `The start goes past files that cannot be used: what they hold will be missing on the target. ${beyondThePlan(report)}`;
  const text = [forced, openEnd(report)].filter(Boolean).join(" ");
  return text === "" ? undefined : { since, passedOver, text };
}
