// Proposes how to split a folder with several databases (rule R3: one database per folder).
import type { DatabaseInFolder } from "../chainReport.ts";
import { recordsOf } from "../verdicts.ts";
import type { DatabaseSets, FolderDatabases } from "./database.ts";
import { compareText, fileNameOf } from "./identity.ts";

/** The folder's own database first; each other one with a folder name that no other has. */
export function proposeSplit({ own, others }: FolderDatabases, folder: string): readonly DatabaseInFolder[] {
  const taken = new Set([fileNameOf(folder).toLowerCase()]);
  return [
    ...(own ? [describeDatabase(own, "stay")] : []),
    ...others.map(({ database }) => describeDatabase(database, freeName(database, taken))),
  ];
}

function describeDatabase(database: DatabaseSets, suggestedFolder: string): DatabaseInFolder {
  return {
    name: nameOf(database),
    ...(database.family === undefined ? {} : { familyGuid: database.family }),
    files: database.sets
      .flatMap(recordsOf)
      .map(({ name }) => name)
      .sort(compareText),
    suggestedFolder,
  };
}

const nameOf = ({ sets }: DatabaseSets): string => sets[0]?.header.databaseName ?? "";

/** What a blob's path takes badly, in a database's name. */
const AWKWARD = /[\\/?#%*:|"<>\p{Cc}]+|[. ]+$/gu;

/** The database's name; where that is taken, with the start of its FamilyGUID or a number. */
function freeName(database: DatabaseSets, taken: Set<string>): string {
  const plain = nameOf(database).replace(AWKWARD, "-") || "database";
  const candidates = [plain, ...(database.family === undefined ? [] : [`${plain}-${database.family.slice(0, 8)}`])];
  let name = candidates.find((candidate) => !taken.has(candidate.toLowerCase()));
  for (let number = 2; name === undefined; number++) {
    if (!taken.has(`${plain}-${number}`.toLowerCase())) name = `${plain}-${number}`;
  }
  taken.add(name.toLowerCase());
  return name;
}
