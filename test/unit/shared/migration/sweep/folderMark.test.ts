// Tests when a sweep looks at the folder of an ended migration, and when a folder has no news.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BackupFile } from "../../../../../shared/migration/observed.ts";
import {
  dutyOfEnded,
  type FolderMark,
  isStillQuiet,
  listingOf,
} from "../../../../../shared/migration/sweep/folderMark.ts";

const NOON = new Date("2025-11-24T12:00:00.000Z");
const hoursLater = (hours: number): Date => new Date(NOON.getTime() + hours * 3_600_000);
const at = NOON.toISOString();
const quiet = { listing: "l", chain: "c", comparedAt: at, updatedAt: at };
const mark = (changes: Partial<FolderMark> = {}): FolderMark => ({
  sweptAt: at,
  hasEnded: true,
  revision: 7,
  quiet,
  ...changes,
});
const { quiet: _, ...loud } = mark();
const { revision: __, ...withoutLine } = mark();

describe("the folder of an ended migration", () => {
  for (const [what, known, hours, duty] of [
    ["that no sweep has seen", undefined, 0, "all"],
    ["that had not ended when it was last seen", mark({ hasEnded: false }), 0, "all"],
    ["that was seen within a day", mark(), 23.9, "none"],
    ["that was seen within a day, and was not quiet", loud, 23.9, "none"],
    ["that was seen a day ago", mark(), 24, "all"],
    [
      "in which nothing has changed for 30 days",
      mark({ sweptAt: hoursLater(29 * 24).toISOString() }),
      30 * 24,
      "listing",
    ],
    [
      "in which nothing has changed for 30 days, within a day",
      mark({ sweptAt: hoursLater(29.5 * 24).toISOString() }),
      30 * 24,
      "none",
    ],
    ["that is never quiet", loud, 60 * 24, "all"],
    ["whose record was written since it was seen", mark({ revision: 6 }), 1, "all"],
    [
      "in which nothing had changed for 30 days when its record was written",
      mark({ revision: 6, sweptAt: hoursLater(31 * 24 - 1).toISOString() }),
      31 * 24,
      "all",
    ],
    ["that no line showed when it was seen", withoutLine, 1, "all"],
  ] as const)
    test(`${what}: ${duty}`, () => assert.equal(dutyOfEnded(known, 7, hoursLater(hours), 30), duty));
});

describe("a folder is without news", () => {
  const seen = { listing: "l", chain: "c", hasEnded: true };
  for (const [what, known, now, hours, isQuiet] of [
    ["with the same listing and the same chain", mark(), seen, 99, true],
    ["not with another listing", mark(), { ...seen, listing: "k" }, 0, false],
    ["not when a look has found another chain", mark(), { ...seen, chain: "d" }, 0, false],
    ["not before the first look", mark(), { ...seen, chain: undefined }, 0, false],
    ["not when nobody has found it quiet", loud, seen, 0, false],
    ["not when no sweep has seen it", undefined, seen, 0, false],
    ["not when its migration was restarted", mark(), { ...seen, hasEnded: false }, 0, false],
    ["not when its migration has ended since", mark({ hasEnded: false }), seen, 0, false],
    ["for a day while its migration is open", mark({ hasEnded: false }), { ...seen, hasEnded: false }, 23.9, true],
    ["and no longer", mark({ hasEnded: false }), { ...seen, hasEnded: false }, 24, false],
  ] as const)
    test(what, () => assert.equal(isStillQuiet(known, now, hoursLater(hours)), isQuiet));
});

test("a listing is another one when a file came, went, was replaced or was archived", () => {
  const file = (name: string, changes: Partial<BackupFile> = {}): BackupFile => ({
    name,
    etag: '"1"',
    sizeBytes: 1,
    blobType: "BlockBlob",
    arrivedAt: at,
    ...changes,
  });
  const [one, other] = [file("Sales/a"), file("Sales/b")];
  const listings = [
    [one, other],
    [one],
    [],
    [one, file("Sales/b", { etag: '"2"' })],
    [one, file("Sales/b", { isArchived: true })],
  ].map(listingOf);
  assert.equal(new Set(listings).size, listings.length);
  assert.equal(listingOf([one, other]), listings[0]);
});
