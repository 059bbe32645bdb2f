// Finds the database folder that a blob belongs to.

export interface Placement {
  /** "" is the container's root. */
  readonly folder: string;
  readonly fileName: string;
  /** Deeper than one level: the file gets its verdict in the database's folder, and is not used. */
  readonly isNested: boolean;
}

/** From the path inside the container: "Sales/x.bak", "x.bak", "Sales/2024/x.bak" (nested in Sales). */
export function placeOf(path: string): Placement {
  const segments = path.split("/");
  return {
    folder: segments.length > 1 ? (segments[0] ?? "") : "",
    fileName: segments.at(-1) ?? "",
    isNested: segments.length > 2,
  };
}
