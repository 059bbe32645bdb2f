// Decides which databases DMS restores to a VM for somebody else than sqlferry: started by hand, they take up room and
// turns as well.
import { vmKeyOf } from "../migration/ids.ts";
import type { ServiceMigration } from "../migration/observed.ts";
import type { SlotKind } from "./vmQueue.ts";

/** A database that DMS has not ended, and that no migration of sqlferry has as its target. */
export interface Elsewhere {
  /** In small letters: neither DMS nor SQL Server tells names apart by case. */
  readonly databaseName: string;
  /** DMS is at its start or its cutover, of which it takes one at a time. */
  readonly isAt?: SlotKind;
}

/** The target of a migration, as lists know it. */
export interface OurTarget {
  /** vmKeyOf its VM. */
  readonly vmKey: string;
  readonly databaseName: string;
}

/** `ours`: the targets of all migrations, ended ones too: DMS may show for a while what is over here. */
export function elsewhereOn(
  sqlVmResourceId: string,
  running: readonly ServiceMigration[],
  ours: readonly OurTarget[],
): readonly Elsewhere[] {
  const known = new Set(ours.map(keyOf));
  const vmKey = vmKeyOf(vmOf(sqlVmResourceId));
  return running
    .filter((one) => vmOf(one.sqlVmResourceId) === vmOf(sqlVmResourceId))
    .filter(({ databaseName }) => !known.has(keyOf({ vmKey, databaseName })))
    .map(({ databaseName, status }) => {
      const isAt = AT[status.toLowerCase()];
      return { databaseName: nameOf(databaseName), ...(isAt && { isAt }) };
    });
}

const AT: Readonly<Record<string, SlotKind>> = { creating: "start", completing: "cutover" };

const vmOf = (resourceId: string): string => resourceId.replace(/\/+$/, "").toLowerCase();
const nameOf = (databaseName: string): string => databaseName.trimEnd().toLowerCase();
const keyOf = ({ vmKey, databaseName }: OurTarget): string => `${vmKey}/${nameOf(databaseName)}`;
