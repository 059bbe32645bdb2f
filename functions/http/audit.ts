// How is a request written into the audit?
import { randomUUID } from "node:crypto";
import type { AuditEntry } from "../../shared/migration/migration.ts";
import type { Services } from "../../shared/ports.ts";
import type { Caller } from "./caller.ts";

export const auditOf = (
  { clock }: Services,
  caller: Caller,
  action: AuditEntry["action"],
  result: AuditEntry["result"],
  detail: string,
  facts: AuditEntry["facts"] = {},
): AuditEntry => ({ id: randomUUID(), at: clock.now().toISOString(), by: caller.name, action, result, detail, facts });
