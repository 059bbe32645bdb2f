// Finds what of the server itself stands in the way, or stays behind when its databases move.
import { counted, fine, found, type InstanceRule, listed, notLookedAt } from "../finding.ts";

/** EngineEdition of what writes native backups: Standard and Web, Enterprise and Developer, Express. */
const NATIVE = [2, 3, 4];

/** Settings that change what statements do or may do, as an installation leaves them. */
const USUAL: Readonly<Record<string, number>> = {
  "clr enabled": 0,
  "clr strict security": 1,
  "contained database authentication": 0,
  "filestream access level": 0,
  "max server memory (MB)": 2147483647,
  "min server memory (MB)": 0,
  "max degree of parallelism": 0,
  "cost threshold for parallelism": 5,
  "optimize for ad hoc workloads": 0,
  "backup compression default": 0,
  "backup checksum default": 0,
  xp_cmdshell: 0,
  "Ole Automation Procedures": 0,
  "Ad Hoc Distributed Queries": 0,
  "Database Mail XPs": 0,
  "external scripts enabled": 0,
  "hadoop connectivity": 0,
  "polybase enabled": 0,
  "cross db ownership chaining": 0,
  "nested triggers": 1,
  "user connections": 0,
  "EKM provider enabled": 0,
  "scan for startup procs": 0,
  "affinity mask": 0,
  "lightweight pooling": 0,
};

export const INSTANCE_RULES: readonly InstanceRule[] = [
  {
    id: "S01",
    title: "A native SQL Server",
    severity: "blocks",
    why: "Azure SQL Database and Managed Instance give no native backups of databases with their logs.",
    remedy: "Take another way than native backups.",
    sources: ["dmsOnline"],
    judge: ({ engineEdition, edition }) => {
      if (engineEdition === undefined) return notLookedAt;
      const seen = edition ?? `engine edition ${engineEdition}`;
      return NATIVE.includes(engineEdition) ? fine(seen) : found(seen);
    },
  },
  {
    id: "S04",
    title: "What could not be looked at",
    severity: "info",
    why: "What a login may not see is unknown, and not fine.",
    remedy:
      "Look again with a login that may see it: npx ferry assess --login-script 2019 prints the least one for a release, to be run at " +
      "the source by an administrator (VIEW SERVER STATE, VIEW ANY DEFINITION, CONNECT ANY DATABASE, and SELECT on the history in msdb).",
    sources: ["permissions"],
    judge: ({ withheld }) => listed(withheld, "everything was looked at", (count) => `${count} not looked at`),
  },
  {
    id: "S75",
    title: "Other objects of the server",
    severity: "act",
    why: "They live outside of the databases and are in no backup that moves.",
    remedy: "Script them at the source and create them on the VM.",
    sources: ["metadata"],
    judge: ({ objects }) =>
      listed(
        objects?.map(({ kind, name }) => `${kind} ${name}`),
        "none",
        (count) => counted(count, "object"),
      ),
  },
  {
    id: "S76",
    title: "Settings and trace flags",
    severity: "info",
    why: "A VM's SQL Server begins with the usual settings: what differs at the source behaves differently there.",
    remedy: "Compare with the VM: SELECT name, value_in_use FROM sys.configurations; DBCC TRACESTATUS(-1).",
    sources: ["metadata"],
    judge: ({ settings, traceFlags }) => {
      const changed = Object.entries(settings ?? {}).filter(([name, value]) => value !== (USUAL[name] ?? value));
      const names = [
        ...changed.map(([name, value]) => `${name} = ${value}`),
        ...(traceFlags ?? []).map((flag) => `trace flag ${flag}`),
      ];
      if (names.length > 0) return found(`${names.length} differ from an installation`, { objects: names });
      if (settings === undefined || traceFlags === undefined) return notLookedAt;
      return fine("as installed");
    },
  },
  {
    id: "S77",
    title: "Deprecated features in use",
    severity: "info",
    why: "They were used since the instance started; a later release may not have them.",
    remedy: "Plan their replacement; the move itself does not wait for it.",
    sources: ["discontinued"],
    judge: ({ deprecatedFeatures }) => listed(deprecatedFeatures, "none used", (count) => `${count} used`),
  },
];
