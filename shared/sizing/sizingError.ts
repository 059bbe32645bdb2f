// Defines the error of measurements that cannot be used: what was found, what is expected and what to do.

export class SizingError extends Error {
  override readonly name = "SizingError";
}
