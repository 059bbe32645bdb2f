// Merges a published assessment into what is known: newer truth wins, by check; an older one never takes anything back.
import type { SourceDatabase } from "../source/assessment.ts";
import { mergedDatabase, mergedFindings } from "../source/joined.ts";
import type { AssessedServer } from "./assessmentStore.ts";

/** The same where publishing changes nothing. */
export function withDatabase(known: SourceDatabase | undefined, published: SourceDatabase): SourceDatabase {
  if (known === undefined) return published;
  const merged = mergedDatabase(known, published);
  return isSame(merged, known) ? known : merged;
}

/** The same where publishing changes nothing: then nobody has published. */
export function withServer(known: AssessedServer | undefined, published: AssessedServer): AssessedServer {
  if (known === undefined) return published;
  const [older, newer] = known.takenAt <= published.takenAt ? [known, published] : [published, known];
  const instance = mergedFindings(older.instance, newer.instance);
  const { publishedAt, publishedBy } = published;
  const merged = { ...older, ...newer, instance, publishedAt, publishedBy };
  return isSame({ ...merged, publishedAt: known.publishedAt, publishedBy: known.publishedBy }, known) ? known : merged;
}

/** Both are plain data whose members come in the order of one schema, or of each other. */
const isSame = (a: object, b: object): boolean => sorted(a) === sorted(b);

const sorted = (value: object): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
