// Says in few bytes what lists show of a migration, and by what else a migration is found among the lines.
import { createHash } from "node:crypto";
import type { MigrationMode } from "../../chain/backupRecord.ts";
import type { ChainPosition, ChainVerdict, DisplayState } from "../../chain/chainReport.ts";
import { guidOf } from "../../chain/files/identity.ts";
import { vmKeyOf } from "../ids.ts";
import type { Migration } from "../migration.ts";
import type { MigrationState } from "../words.ts";

/**
 * GET /migrations, one item: from the migration's record alone, so the chain is as it was at the last look.
 * Everything else is in GET /migrations/{id}. A list of 8,000 is read and sent often: what does not apply is left
 * out, and a line takes 400 bytes at most, or a hundred more while something holds its migration up.
 */
export interface ListLine {
  readonly migrationId: string;
  readonly state: MigrationState;
  readonly mode: MigrationMode;
  /** Nothing starts before somebody says so; absent where it starts by itself. */
  readonly start?: "manual";
  /** Absent: as one that nobody has ranked. */
  readonly priority?: number;
  readonly wave?: number;
  /** "" is the container's root. */
  readonly source: { readonly folder: string };
  /** The source's name for it; absent where the target's is the same, or where it is not known. */
  readonly databaseName?: string;
  readonly serverName?: string;
  /** The VM's name, as in its resource id; absent in a draft. */
  readonly target?: { readonly vm: string; readonly databaseName: string };
  /** Absent before the first look. */
  readonly verdict?: ChainVerdict;
  /** There are files, and no full backup among them to begin with. */
  readonly noPlan?: true;
  readonly files: number;
  /** How many files show each of the tutorial's words. */
  readonly states: Partial<Record<DisplayState, number>>;
  /** Absent: none. */
  readonly gaps?: number;
  /** How many files cannot be used and may reach beyond the plan; absent: none. */
  readonly unusable?: number;
  /** A tail log ends the plan; absent: none does. */
  readonly closed?: true;
  readonly restoredTo?: ListPosition;
  /** Until something is restored. */
  readonly restorableTo?: ListPosition;
  readonly failure?: { readonly code: string };
  /** `told`: people were told of it. */
  readonly waitingOn?: { readonly what: string; readonly told?: true };
  readonly stalled?: { readonly since: string };
  /** Absent where no finding of its assessment refuses a start. */
  readonly assessed?: { readonly blocks: number };
}

/** Wall clock of the source; where that is not known, the LSN as text. */
type ListPosition = { readonly time: string } | { readonly lsn: string };

/** A line, and what it is found by besides: not shown, and as old as the line. */
export interface ListedMigration {
  readonly line: ListLine;
  /** vmKeyOf its target. */
  readonly vmKey?: string;
  /** guidsKeyOf its database; absent while one of the GUIDs is not known. */
  readonly guidsKey?: string;
  /** End of what is restored, UTC; absent where nothing is, or where the source's offset is not known. */
  readonly restoredUtc?: string;
  /** The source is closed, and all that it will ever have is restored. */
  readonly isAllRestored?: true;
  /** Somebody has forgotten it: lists leave it out, and whoever asks what has changed is told. */
  readonly isForgotten?: true;
}

export function listed(migration: Migration): ListedMigration {
  const { target, source, summary } = migration;
  const familyGuid = summary?.familyGuid ?? guidOf(source.familyGuid);
  const key = guidsKeyOf(familyGuid, summary?.databaseGuid);
  const { closed, restoredTo, restorableTo } = summary ?? {};
  return {
    line: listLine(migration),
    ...(target && { vmKey: vmKeyOf(target.sqlVmResourceId) }),
    ...(key !== undefined && { guidsKey: key }),
    ...(restoredTo?.utc !== undefined && { restoredUtc: restoredTo.utc }),
    ...(closed && restoredTo && restoredTo.lsn === restorableTo?.lsn && { isAllRestored: true }),
    ...(migration.forgottenAt !== undefined && { isForgotten: true }),
  };
}

/** 8 hex digits for a database's family and its own GUID: another database may have the same, the record tells. */
export const guidsKeyOf = (familyGuid: string | undefined, databaseGuid: string | undefined): string | undefined =>
  familyGuid === undefined || databaseGuid === undefined
    ? undefined
    : createHash("sha256").update(`${familyGuid}|${databaseGuid}`).digest("hex").slice(0, 8);

function listLine(migration: Migration): ListLine {
  const { migrationId, state, mode, start, priority, wave, source, target, summary } = migration;
  const { failure, waitingOn, stalled, assessed } = migration;
  const { verdict, files = 0, states = {}, gaps = 0, unusable = 0, closed, restoredTo, restorableTo } = summary ?? {};
  const databaseName = summary?.databaseName || source.databaseName;
  const serverName = summary?.serverName || source.fileShare?.sql.server;
  const hasNoPlan = files > 0 && summary?.lastBackupName === undefined;
  const blocks = assessed?.blocks ?? 0;
  return {
    migrationId,
    state,
    mode,
    ...(start === "manual" && { start }),
    ...(priority !== undefined && { priority }),
    ...(wave !== undefined && { wave }),
    source: { folder: source.folder },
    ...(databaseName && databaseName !== target?.databaseName && { databaseName }),
    ...(serverName && { serverName }),
    ...(target && { target: { vm: vmOf(target.sqlVmResourceId), databaseName: target.databaseName } }),
    ...(verdict && { verdict }),
    ...(hasNoPlan && { noPlan: true }),
    files,
    states,
    ...(gaps > 0 && { gaps }),
    ...(unusable > 0 && { unusable }),
    ...(closed && { closed }),
    ...(restoredTo && { restoredTo: positionOf(restoredTo) }),
    ...(restorableTo && !restoredTo && { restorableTo: positionOf(restorableTo) }),
    ...(failure && { failure: { code: failure.code } }),
    ...(waitingOn && { waitingOn: { what: waitingOn.what, ...(waitingOn.toldAt !== undefined && { told: true }) } }),
    ...(stalled && { stalled: { since: stalled.since } }),
    ...(blocks > 0 && { assessed: { blocks } }),
  };
}

const vmOf = (sqlVmResourceId: string): string => sqlVmResourceId.split("/").at(-1) ?? "";

const positionOf = ({ time, lsn }: ChainPosition): ListPosition => (time === "" ? { lsn: `${lsn}` } : { time });
