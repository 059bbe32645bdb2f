// Reads the records behind lines of the list: lines may lag behind, and show only a part.
import { UnreadableRowError } from "../../migration/faults.ts";
import type { Migration } from "../../migration/migration.ts";
import type { Services } from "../../ports.ts";

const AT_ONCE = 8;

/** In this order. Missing records are left out; so are unreadable ones, which are reported as faults. */
export async function recordsBehind(
  { migrations, faults }: Services,
  migrationIds: readonly string[],
): Promise<Migration[]> {
  const read = async (id: string): Promise<Migration | undefined> => {
    try {
      return (await migrations.facts(id))?.migration;
    } catch (error) {
      if (!(error instanceof UnreadableRowError)) throw error;
      faults.note(error.message);
      return undefined;
    }
  };
  const found: (Migration | undefined)[] = [];
  for (let first = 0; first < migrationIds.length; first += AT_ONCE)
    found.push(...(await Promise.all(migrationIds.slice(first, first + AT_ONCE).map(read))));
  return found.filter((migration) => migration !== undefined);
}
