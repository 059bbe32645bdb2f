// Reads what ferry's own exports (`ferry inspect --json`, `ferry plan --redact`) tell beyond the headers.
import type { ProvedSpan } from "../backup/backupFormatError.ts";
import type { EncryptedMedia, Tde } from "../backup/backupHeader.ts";
import type { NoFile } from "../chain/backupRecord.ts";
import { type Cells, cellFrom, isRow, lowered, type OddCell } from "./exportCells.ts";

const NO_FILES: readonly NoFile[] = ["nul", "virtualDevice", "tape", "overwritten"];

interface Told {
  readonly noFile?: NoFile;
  readonly timesAreUtc?: true;
  readonly encryptionIsKnown?: true;
  readonly compressionIsKnown?: true;
  readonly deviceIsKnown?: true;
}

/** What `ferry plan --redact` knows of headers that were exported, beyond the headers. */
export function toldByRedact(members: Cells): Told {
  const noFile = NO_FILES.find((kind) => kind === members.get("nofile"));
  return {
    ...(noFile !== undefined && { noFile }),
    ...(members.get("timesareutc") === true && { timesAreUtc: true }),
    ...(members.get("encryptionisknown") === true && { encryptionIsKnown: true }),
    ...(members.get("compressionisknown") === true && { compressionIsKnown: true }),
    ...(members.get("deviceisknown") === true && { deviceIsKnown: true }),
  };
}

/** Columns that were not understood; what stood in them stayed with whoever redacted it. */
export function oddByRedact(members: Cells): readonly OddCell[] {
  const cells = members.get("oddcells");
  const columns = Array.isArray(cells) ? cells.map((cell: unknown) => (isRow(cell) ? cell["column"] : undefined)) : [];
  return columns.flatMap((column) => (typeof column === "string" ? [{ column, found: "" }] : []));
}

/** As `ferry inspect --json` tells it of an encrypted file: what preflight P19 wants to know. */
export function encryptedFrom(value: unknown): { encrypted?: EncryptedMedia } {
  if (!isRow(value)) return {};
  const { isBackupEncrypted, isTde, isComplete, encryptorThumbprint, tdeThumbprint } = value;
  return {
    encrypted: {
      isBackupEncrypted: isBackupEncrypted === true,
      isTde: isTde === true,
      isComplete: isComplete === true,
      ...(typeof encryptorThumbprint === "string" && { encryptorThumbprint }),
      ...(typeof tdeThumbprint === "string" && { tdeThumbprint }),
    },
  };
}

const TDE_STATES: readonly Tde["state"][] = ["none", "encrypted", "unknown"];

/** As `ferry inspect --json` tells it of a backup set. */
export function tdeFrom(value: unknown): Tde | undefined {
  const state = isRow(value) ? TDE_STATES.find((one) => one === value["state"]) : undefined;
  if (state === undefined) return undefined;
  const thumbprints =
    isRow(value) && Array.isArray(value["thumbprints"]) ? value["thumbprints"].map(String) : undefined;
  return { state, ...(thumbprints && { thumbprints }) };
}

/** As `ferry inspect --json` tells it of a file that cannot be used. */
export function provedSpanFrom(value: unknown): { provedSpan?: ProvedSpan } {
  const members = lowered(isRow(value) ? value : {});
  const firstLsn = cellFrom("lsn", members.get("firstlsn"), "firstLsn of a span");
  const lastLsn = cellFrom("lsn", members.get("lastlsn"), "lastLsn of a span");
  const forkId = cellFrom("guid", members.get("forkid"), "forkId of a span");
  if (typeof firstLsn !== "bigint" || typeof lastLsn !== "bigint") return {};
  const isOnlySet = members.get("isonlyset") === true;
  return {
    provedSpan: { firstLsn, lastLsn, ...(typeof forkId === "string" && { forkId }), ...(isOnlySet && { isOnlySet }) },
  };
}
