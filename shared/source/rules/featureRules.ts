// Finds the features of the database that the VM has to have.
import type { DatabaseFacts, FileFacts, InstanceFacts } from "../facts.ts";
import {
  counted,
  type DatabaseRule,
  fine,
  flagged,
  found,
  type Judgement,
  listed,
  notLookedAt,
  unknown,
} from "../finding.ts";

export const FEATURE_RULES: readonly DatabaseRule[] = [
  {
    id: "S16",
    title: "FILESTREAM, FileTable",
    severity: "blocks",
    why: "The restore stops while FILESTREAM is off on the VM, and Azure's images leave it off.",
    remedy:
      "On the VM, enable FILESTREAM in SQL Server Configuration Manager and restart, then " +
      "EXEC sp_configure 'filestream access level', 2; RECONFIGURE.",
    sqlErrors: [5591],
    sources: ["metadata"],
    judge: ({ files }) => ofKind(files, "FILESTREAM"),
  },
  {
    id: "S17",
    title: "In-Memory OLTP",
    severity: "act",
    why: "The data are loaded into memory at recovery: on too small a VM the database does not come online.",
    remedy:
      "Choose a VM with more memory than twice what the tables take, besides the buffer pool (32 GB at most on Standard).",
    sqlErrors: [41379],
    sources: ["editionFeatures", "inMemory"],
    judge: ({ files, inMemoryMb }) => {
      const judged = ofKind(files, "memory-optimized");
      return judged.outcome === "found" && inMemoryMb !== undefined
        ? { ...judged, observed: `${judged.observed}, ${inMemoryMb} MB in memory` }
        : judged;
    },
  },
  {
    id: "S18",
    title: "Full-text",
    severity: "info",
    why: "Catalogs move in the backup, the feature does not, and they may be filled anew.",
    remedy:
      "Install Full-Text Search on the VM: SELECT SERVERPROPERTY('IsFullTextInstalled') says 1 then. Plan the population.",
    sources: ["metadata"],
    judge: ({ fullTextCatalogs }) => listed(fullTextCatalogs, "none", (count) => counted(count, "catalog")),
  },
  {
    id: "S19",
    title: "Files in odd places",
    severity: "act",
    why: "Data files in Azure or on shares are slower and larger than they look, and snapshots of them are no native streams.",
    remedy: "Take a native backup to disk: BACKUP DATABASE {name} TO DISK = '...' WITH CHECKSUM, into a new file.",
    sources: ["restore"],
    judge: ({ files }) =>
      listed(
        files?.map(({ physicalName }) => physicalName).filter((name) => /^(https?:|\\\\)/i.test(name)),
        "all on disks of the server",
        (count) => `${count} elsewhere`,
      ),
  },
  {
    id: "S20",
    title: "Stretch Database",
    severity: "blocks",
    why: "The service ended in July 2024, and remote rows are in no backup.",
    remedy:
      "Bring the rows back: ALTER TABLE ... SET (REMOTE_DATA_ARCHIVE (MIGRATION_STATE = INBOUND)), then disable it.",
    sources: ["discontinued"],
    judge: ({ isStretched }) => flagged(isStretched, "not stretched", "rows lie in Azure"),
  },
  {
    id: "S21",
    title: "External data",
    severity: "act",
    why: "PolyBase has to be installed on the VM, and sources of the type HADOOP are gone from SQL Server 2022 on.",
    remedy: "Install PolyBase, and create the sources anew with today's connectors.",
    sources: ["discontinued"],
    judge: ({ externalData }) =>
      listed(externalData, "none", (count) => counted(count, "source or credential", "sources or credentials")),
  },
  {
    id: "S63",
    title: "CLR",
    severity: "act",
    why: "From SQL Server 2017 on even a SAFE assembly needs a signature or the server's trust, and 'clr enabled' is a setting of each server.",
    remedy:
      "On the VM: EXEC sp_configure 'clr enabled', 1; RECONFIGURE; sign the assemblies, or EXEC sys.sp_add_trusted_assembly.",
    sqlErrors: [10343],
    sources: ["clrStrict"],
    judge: assemblies,
  },
];

/** Backups tell data and log apart from everything else, and not the else. */
function ofKind(files: readonly FileFacts[] | undefined, kind: NonNullable<FileFacts["kind"]>): Judgement {
  if (files === undefined) return notLookedAt;
  const named = (some: readonly FileFacts[]): string[] => some.map(({ logicalName }) => logicalName);
  const meant = files.filter((file) => file.kind === kind);
  if (meant.length > 0) return found(counted(meant.length, "file"), { objects: named(meant) });
  const unsure = files.filter((file) => file.kind === undefined);
  return unsure.length > 0
    ? unknown("neither data nor log: FILESTREAM, In-Memory OLTP or full-text", named(unsure))
    : fine("none");
}

function assemblies({ assemblies: known }: DatabaseFacts, { settings }: InstanceFacts): Judgement {
  const strict = settings?.["clr strict security"];
  return listed(
    known?.map(({ name, permissionSet }) => `${name} (${permissionSet})`),
    "none",
    (count) => `${counted(count, "assembly", "assemblies")}${strict === 0 ? ", and clr strict security is off" : ""}`,
  );
}
