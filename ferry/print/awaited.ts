// Says in words what a chain waits for; the same in a dry run and in what the API answers.

import type { AsJson } from "../../shared/api/asJson.ts";
import type { WaitingFor } from "../../shared/chain/chainReport.ts";
import { bareName } from "../../shared/dryRun/recordNames.ts";
import { printable } from "./print.ts";

/** Without an end: "stripe 2 of 4 of backup set 0B7B57D7-…". */
export function awaited(wait: WaitingFor | AsJson<WaitingFor>): string {
  switch (wait.what) {
    case "full":
      return "a full backup to start from";
    case "base":
      return `the full backup${wait.setGuid ? ` ${wait.setGuid}` : ""}${wait.lsn ? ` with checkpoint LSN ${wait.lsn}` : ""}, which ${printable(bareName(wait.neededBy))} builds on`;
    case "stripes":
      return `stripe ${wait.missing.join(", ")} of ${wait.familyCount} of backup set ${wait.setGuid}`;
    case "range":
      return `log backups that cover LSN ${wait.fromLsn} to ${wait.toLsn}`;
    default:
      return wait satisfies never;
  }
}
