// Writes plain data as JSON that is the same text whatever the order of members: for comparing, and for hashes.

/** Of plain data without LSNs; members that are undefined are left out. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
