// Defines the port of table Assessments: what each server and each of its databases is known as, and how they are named
// there.
import { createHash } from "node:crypto";
import { databaseKey } from "../chain/files/identity.ts";
import type { PageAsked, PageSeen } from "../migration/lists/page.ts";
import type { AuditEntry } from "../migration/migration.ts";
import { type Assessment, countsOf, type SourceDatabase } from "../source/assessment.ts";

/** A server without its databases. */
export interface AssessedServer extends Omit<Assessment, "databases"> {
  readonly assessmentId: string;
  /** The last time. UTC. */
  readonly publishedAt: string;
  readonly publishedBy: string;
}

/** A database as it is known of one server. */
export interface KnownDatabase {
  readonly assessmentId: string;
  readonly database: SourceDatabase;
  /** For AssessmentStore.commit. */
  readonly version: string;
}

/** What a list shows of a database, and what groups are made from. */
export interface DatabaseLine extends Omit<SourceDatabase, "findings" | "logByHour"> {
  readonly counts: ReturnType<typeof countsOf>;
}

export interface AssessmentChange {
  readonly server: AssessedServer;
  /** Of the server's row that the change is based on; absent: it is new. */
  readonly serverVersion?: string;
  readonly databases: readonly { readonly database: SourceDatabase; readonly version?: string }[];
  readonly audit: readonly AuditEntry[];
}

/**
 * UnreadableRowError when a row cannot be read: what is not read must not count as fine. One of a newer sqlferry is
 * neither replaced nor removed.
 */
export interface AssessmentStore {
  /** Ids of some of the servers, in their order. Whether one can be read, server() tells. */
  ids(asked: PageAsked): Promise<PageSeen<string>>;
  server(assessmentId: string): Promise<{ readonly server: AssessedServer; readonly version: string } | undefined>;
  /** Ordered by name. */
  lines(assessmentId: string): Promise<DatabaseLine[]>;
  /** The row that a publication of this database would replace. */
  find(assessmentId: string, database: SourceDatabase): Promise<KnownDatabase | undefined>;
  /** Under every server and name that it was seen under. */
  byGuids(familyGuid: string, databaseGuid: string): Promise<KnownDatabase[]>;
  /** Of this server; several where it was dropped and created anew. */
  byName(assessmentId: string, databaseName: string): Promise<KnownDatabase[]>;
  /** Oldest first. */
  audit(assessmentId: string): Promise<AuditEntry[]>;
  /**
   * conflict: somebody has published of the same server meanwhile; some of the databases may be written, and
   * repeating it is harmless.
   */
  commit(change: AssessmentChange): Promise<"committed" | "conflict">;
  /**
   * Takes away a server with its databases, or only those of this name. The audit stays, and has `audit` as well.
   * Repeating it is harmless.
   */
  remove(assessmentId: string, databaseName: string | undefined, audit: AuditEntry): Promise<void>;
}

const hex = (text: string, digits: number): string => createHash("sha256").update(text).digest("hex").slice(0, digits);

/** Of a server's name, whose case does not matter: "src01-prod-1a2b3c4d". */
export function assessmentIdOf(server: string): string {
  const name = server.toLowerCase();
  const slug = name.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
  return `${slug.slice(0, 40) || "server"}-${hex(name, 8)}`;
}

/** 32 hex digits: a table's key holds no slash, and a name may. */
export const nameKeyOf = (databaseName: string): string => hex(databaseKey(databaseName), 32);

/** Among the databases of one server: one of the same name that was created anew is another one. */
export const rowKeyOf = ({ name, familyGuid = "", databaseGuid = "" }: SourceDatabase): string =>
  `${nameKeyOf(name)}|${familyGuid}|${databaseGuid}`;

/** What a list shows of a database, from all that is known of it. */
export function lineOf({ findings, logByHour: _, ...database }: SourceDatabase): DatabaseLine {
  return { ...database, counts: countsOf(findings) };
}
