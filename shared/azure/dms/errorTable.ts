// Puts in order what Azure Database Migration Service and Azure Resource Manager can answer, and what it means, most
// specific row first.
//
// Sources: the error responses of the 2025-06-30 specification for SqlVm; "Known issues, limitations, and
// troubleshooting" of Azure DMS (2022-10, 2023-04); the tutorial for SQL Server on Azure VMs (2024-06-26); answers of
// the live service (2021, 2025); SQL Server's own messages (sys.messages) and the errors of Windows that they quote.
// docs/errors.md is made from it.
import { CHAIN, SHARES, STORAGE } from "./explanations/backups.ts";
import type { Explanation } from "./explanations/explanation.ts";
import { ADDRESSES, ALREADY_DONE, ASKED_AGAIN, PERMISSIONS } from "./explanations/requests.ts";
import { ANSWERS, OWN, SERVICE } from "./explanations/service.ts";
import { SQL_SERVER, TARGET, WINDOWS } from "./explanations/targetVm.ts";

export interface Chapter {
  readonly title: string;
  readonly rows: readonly Explanation[];
}

export const UNKNOWN: Explanation = {
  cause: "Azure gave a reason that sqlferry does not know.",
  remedy: "Read the message; correct what it names, then start again.",
  kind: "user",
};

/** In order: the first row that is met explains. What stands later may be wider, never narrower. */
export const ERROR_TABLE: readonly Chapter[] = [
  { title: "Already done", rows: ALREADY_DONE },
  { title: "Looked at or asked again by itself", rows: ASKED_AGAIN },
  { title: "Permissions and subscriptions", rows: PERMISSIONS },
  { title: "Addresses and settings", rows: ADDRESSES },
  { title: "The SQL Server on the VM", rows: TARGET },
  { title: "Shares and their integration runtime", rows: SHARES },
  { title: "The storage account, seen from the VM", rows: STORAGE },
  { title: "The backups together", rows: CHAIN },
  { title: "Errors of Windows that SQL Server quotes", rows: WINDOWS },
  { title: "Errors of SQL Server", rows: SQL_SERVER },
  { title: "The migration service itself", rows: SERVICE },
  { title: "Codes of sqlferry's own", rows: OWN },
  { title: "Whatever else is answered", rows: ANSWERS },
];
