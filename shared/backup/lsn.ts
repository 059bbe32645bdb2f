// Parses, prints, stores and orders log sequence numbers; nothing else does.

/**
 * A log sequence number, numeric(25,0) as RESTORE HEADERONLY prints it. It overflows `number`: two real neighbours
 * would become equal.
 */
export type Lsn = bigint;

/** From decimal text of at most 25 digits; anything else is a RangeError. */
export function parseLsn(text: string): Lsn {
  if (!/^\d{1,25}$/.test(text)) throw new RangeError(`An LSN is 1 to 25 decimal digits, found "${text.slice(0, 40)}".`);
  return BigInt(text);
}

/** The decimal text for JSON, pages and people. */
export const formatLsn = (lsn: Lsn): string => lsn.toString();

/** 25 digits with leading zeros, so that text order is LSN order: for keys of a table. */
export const lsnKey = (lsn: Lsn): string => lsn.toString().padStart(25, "0");

/** Negative, zero or positive, as Array.sort wants it. */
export const compareLsn = (a: Lsn, b: Lsn): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * From the three parts that lie in a backup: virtual log file, block in it (512 bytes each), record slot in the block.
 */
export const lsnOf = (virtualLogFile: number, block: number, slot: number): Lsn =>
  BigInt(virtualLogFile) * 10n ** 15n + BigInt(block) * 10n ** 5n + BigInt(slot);
