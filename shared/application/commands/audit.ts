// Builds the audit entry of a request and the decision about it.
import { randomUUID } from "node:crypto";
import type { Caller } from "../../api/roles.ts";
import type { AuditEntry } from "../../migration/migration.ts";
import type { Services } from "../../ports.ts";

/** With the present time and an id of its own. `facts`: small and flat; no secrets. */
export const auditOf = (
  { clock }: Services,
  caller: Caller,
  action: AuditEntry["action"],
  result: AuditEntry["result"],
  detail: string,
  facts: AuditEntry["facts"],
): AuditEntry => ({ id: randomUUID(), at: clock.now().toISOString(), by: caller.name, action, result, detail, facts });
