// Computes the checksum of records and locators of the container MSSQLBAK (backup-format-additions, section 1).

/**
 * Each little-endian word of 32 bits, added by exclusive or to what is rotated by one bit before; the last is filled up
 * with zeros.
 */
export function rotatedSum(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = bytes.length & ~3;
  let sum = 0;
  for (let at = 0; at < whole; at += 4) sum = ((sum << 1) | (sum >>> 31)) ^ view.getInt32(at, true);
  if (whole === bytes.length) return sum >>> 0;
  let last = 0;
  for (let at = bytes.length - 1; at >= whole; at--) last = (last << 8) | (bytes[at] ?? 0);
  return (((sum << 1) | (sum >>> 31)) ^ last) >>> 0;
}
