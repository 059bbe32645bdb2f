// Finds what the database needs that lives elsewhere on the server, or in other databases.
import type { DatabaseFacts } from "../facts.ts";
import { counted, type DatabaseRule, fine, listed, notLookedAt, unknown } from "../finding.ts";

export const DEPENDENCY_RULES: readonly DatabaseRule[] = [
  {
    id: "S70",
    title: "Logins",
    severity: "act",
    why: "A user connects through a login of the same SID, which is in no backup of the database.",
    remedy:
      "Script the logins with SID and password hash (sp_help_revlogin) and create them on the VM before the cutover.",
    sqlErrors: [18456, 15023],
    sources: ["metadata"],
    judge: ({ users }) =>
      listed(
        users?.filter(({ hasLogin, kind }) => hasLogin && kind !== "windows").map(({ name }) => name),
        "no user has a login",
        (count) => `${counted(count, "user")} with a login`,
      ),
  },
  {
    id: "S71",
    title: "Windows accounts",
    severity: "act",
    why: "The VM has to be in a domain that trusts theirs.",
    remedy: "Join the VM to the domain, or give these users SQL or Entra logins.",
    sources: ["metadata"],
    judge: ({ users }) =>
      listed(
        users?.filter(({ kind }) => kind === "windows").map(({ name }) => name),
        "none",
        (count) => counted(count, "user"),
      ),
  },
  {
    id: "S72",
    title: "Agent jobs",
    severity: "act",
    why: "They are in msdb and in no backup of the database; at the source they go on running.",
    remedy:
      "Script the jobs; at the cutover EXEC msdb.dbo.sp_update_job @job_name = N'its name', @enabled = 0 at the source.",
    sources: ["metadata"],
    judge: ({ jobs }) =>
      listed(
        jobs?.map(({ name, isEnabled, takesBackups }) =>
          [name, ...(isEnabled ? [] : [" (disabled)"]), ...(takesBackups ? [" (takes backups)"] : [])].join(""),
        ),
        "no step names this database; steps that name none, such as CmdExec and PowerShell, were not looked at",
        (count) => counted(count, "job"),
      ),
  },
  {
    id: "S73",
    title: "Linked servers",
    severity: "act",
    why: "Their definitions and passwords are in master, and the network's way to them changes.",
    remedy:
      "Create them on the VM (EXEC sp_addlinkedserver, sp_addlinkedsrvlogin) and test them: EXEC sp_testlinkedserver.",
    sqlErrors: [7202],
    sources: ["metadata"],
    judge: ({ references, hasPartialReferences }, { linkedServers }) => {
      const servers = unique(references?.flatMap(({ server }) => server ?? []));
      if (servers !== undefined && (servers.length > 0 || !hasPartialReferences))
        return listed(servers, "none is named in a module or synonym", (count) => `${count} used`);
      if (linkedServers?.length === 0) return fine("the server has none");
      return linkedServers === undefined ? notLookedAt : unknown("which of them are used", linkedServers);
    },
  },
  {
    id: "S74",
    title: "Databases that need each other",
    severity: "act",
    why: "Three-part names and synonyms break when only one of them moves.",
    remedy: "Move them together: the groups are listed.",
    sources: ["metadata"],
    judge: (database) => {
      const others = dependsOn(database);
      if (others?.length === 0 && database.hasPartialReferences) return notLookedAt;
      return listed(others, "none", (count) => counted(count, "other"));
    },
  },
];

/** Databases of the same server that its modules and synonyms name; undefined: nobody has looked. */
export const dependsOn = ({ references, name }: DatabaseFacts): readonly string[] | undefined =>
  unique(
    references?.flatMap(({ server, database }) =>
      server === undefined && database !== undefined && database.toLowerCase() !== name.toLowerCase() ? database : [],
    ),
  )?.filter((other) => !SYSTEM.includes(other.toLowerCase()));

/** Every server has them. */
const SYSTEM = ["master", "model", "msdb", "tempdb"];

const unique = (names: readonly string[] | undefined): readonly string[] | undefined =>
  names && [...new Map(names.map((name) => [name.toLowerCase(), name])).values()].sort();
