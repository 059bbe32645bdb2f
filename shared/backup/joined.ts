// Joins pieces of bytes into one.

/** A copy, unless there is only one that is not empty. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array(0), ...others] = parts.filter(({ length }) => length > 0);
  if (others.length === 0) return first;
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
