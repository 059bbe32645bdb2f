// Reads the Flags of RESTORE HEADERONLY, which a header has as bits, as columns of their own, or as both.
import type { BackupSetHeader } from "../../backup/backupHeader.ts";

type Header = BackupSetHeader;

/** Bit 1: SQL Server cannot stop inside such a log. */
export const isBulkLogged = ({ hasBulkLoggedData, flags }: Header): boolean => hasBulkLoggedData || (flags & 1) !== 0;

/** Bit 2. */
export const isSnapshot = ({ isSnapshot, flags }: Header): boolean => isSnapshot || (flags & 2) !== 0;

/** Bit 4. */
export const isReadOnly = ({ isReadOnly, flags }: Header): boolean => isReadOnly || (flags & 4) !== 0;

/** Bit 32. */
export const isDamaged = ({ isDamaged, flags }: Header): boolean => isDamaged || (flags & 32) !== 0;

/** Bit 64. */
export const isTailLog = ({ isTailLog, flags }: Header): boolean => isTailLog || (flags & 64) !== 0;

/** Bit 128. */
export const lacksMetaData = ({ hasIncompleteMetaData, flags }: Header): boolean =>
  hasIncompleteMetaData || (flags & 128) !== 0;

/** Bit 256: the backup left the database in RESTORING, as WITH NORECOVERY does. */
export const isForceOffline = ({ isForceOffline, flags }: Header): boolean => isForceOffline || (flags & 256) !== 0;
