// Measurements that cannot be used, in a sentence that says what was found, what is expected and what to do.

export class SizingError extends Error {
  override readonly name = "SizingError";
}
