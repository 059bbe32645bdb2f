// Finds the properties of the database that hold it back, or are lost on the way.
import { type DatabaseRule, fine, found, ifSeen, notLookedAt } from "../finding.ts";

/** Databases that belong to a service and move by its own guide. */
const OF_SERVICES = /^(SSISDB|ReportServer.*|distribution|MDS|MDM|DQS_.*)$/i;

export const PROPERTY_RULES: readonly DatabaseRule[] = [
  {
    id: "S60",
    title: "State",
    severity: "blocks",
    why: "What is not online is not backed up, and a snapshot is no source.",
    remedy: "Bring it online (ALTER DATABASE {name} SET ONLINE), or leave it out.",
    sqlErrors: [942],
    sources: ["restore"],
    judge: ({ state, isStandby, isSnapshot }) => {
      if (isSnapshot) return found("a snapshot of another database");
      if (isStandby) return found("a standby of another server");
      if (state === undefined) return notLookedAt;
      return state === "ONLINE" ? fine(state) : found(state);
    },
  },
  {
    id: "S61",
    title: "Contained database",
    severity: "blocks",
    why: "The restore is refused until the VM allows contained databases.",
    remedy: "On the VM: EXEC sp_configure 'contained database authentication', 1; RECONFIGURE.",
    sqlErrors: [12824],
    sources: ["dmsIssues"],
    judge: ({ containment }) => ifSeen(containment, (kind) => (kind === "NONE" ? fine(kind) : found(kind))),
  },
  {
    id: "S62",
    title: "Trust",
    severity: "act",
    why: "Both are off after a restore on another server.",
    remedy:
      "On the VM, if it is still wanted: ALTER DATABASE {name} SET TRUSTWORTHY ON; ALTER DATABASE {name} SET DB_CHAINING ON.",
    sources: ["metadata"],
    judge: ({ isTrustworthy, hasDbChaining }) => {
      const on = [...(isTrustworthy ? ["TRUSTWORTHY"] : []), ...(hasDbChaining ? ["DB_CHAINING"] : [])];
      if (on.length > 0) return found(on.join(", "));
      return isTrustworthy === undefined || hasDbChaining === undefined ? notLookedAt : fine("off");
    },
  },
  {
    id: "S64",
    title: "Owner",
    severity: "info",
    why: "After the restore the owner is the account that restored it.",
    remedy: "On the VM: ALTER AUTHORIZATION ON DATABASE::{name} TO [sa].",
    sources: ["metadata"],
    judge: ({ owner }) => ifSeen(owner, (its) => (its === null ? found("its login is gone") : fine(its))),
  },
  {
    id: "S67",
    title: "Databases of services",
    severity: "act",
    why: "They move with their service and its keys; Master Data Services and Data Quality Services are gone in SQL Server 2025.",
    remedy: "Follow the guide of the service.",
    sources: ["discontinued"],
    judge: ({ name }) => {
      if (name === "") return notLookedAt;
      return OF_SERVICES.test(name) ? found(name) : fine("of no service that is known");
    },
  },
];
