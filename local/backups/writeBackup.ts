// Writes a small, valid backup file, byte by byte as BACKUP DATABASE and BACKUP LOG write it.
import type { ByteSource } from "../../shared/backup/byteSource.ts";
import { type BackupSpec, type FilledSpec, fillSpec } from "./backupSpec.ts";
import { configuration, type SetSizes } from "./configuration.ts";
import { containerHeader, recordsOf, type Section } from "./container.ts";
import { bytesOf, lengthOf, type Piece, sourceOf } from "./pieces.ts";
import {
  configurationBlock,
  dataPages,
  endOfSet,
  logRecords,
  type MappedSet,
  mediaHeader,
  secondEndOfSet,
  startOfSet,
  volume,
} from "./tapeBlocks.ts";
import { filemark, laidOut, logicalBlock, type Place, type TapeBlock } from "./tapeFormat.ts";

/**
 * The bytes of one file: TAPE and, per backup set, SSET to the closing filemark. Further specs are appended sets
 * (WITH NOINIT); the medium follows the first. A RangeError tells of a spec that no backup could have.
 */
export const writeBackup = (spec: BackupSpec, ...appended: readonly BackupSpec[]): Uint8Array =>
  bytesOf(layOut(spec, appended));

/** The same file without its bytes in memory: `payloadBytes` may be a terabyte. */
export const sparseBackup = (spec: BackupSpec, ...appended: readonly BackupSpec[]): ByteSource =>
  sourceOf(layOut(spec, appended));

/** All files of a media set, in order: BACKUP ... TO DISK = ..., DISK = .... */
export const writeStripes = (spec: BackupSpec, familyCount: number): readonly Uint8Array[] =>
  Array.from({ length: familyCount }, (_, index) =>
    writeBackup({ ...spec, familyCount, familySequenceNumber: index + 1 }),
  );

/** The medium so far. */
interface Medium {
  readonly spec: FilledSpec;
  readonly pieces: Piece[];
  length: number;
  readonly filemarks: number[];
  readonly sets: MappedSet[];
}

function layOut(first: BackupSpec, appended: readonly BackupSpec[]): readonly Piece[] {
  const spec = fillSpec(first);
  const medium: Medium = { spec, pieces: [], length: 0, filemarks: [], sets: [] };
  if (isContained(spec)) add(medium, containerHeader(spec));
  const head = draftSection(spec);
  head.add(() => mediaHeader(spec), boundaryOf(spec));
  addSection(medium, head, "blocks");
  for (const set of [spec, ...appended.map(fillSpec)]) addSet(medium, set);
  return medium.pieces;
}

const isContained = (spec: FilledSpec): boolean => spec.isCompressed || spec.isEncrypted || spec.isTdeContainer;

/** What filemarks and data are aligned to. */
const boundaryOf = (spec: FilledSpec): number => Math.max(spec.blockSize, logicalBlock);

function addSet(medium: Medium, spec: FilledSpec): void {
  const offset = medium.length;
  const position = medium.sets.length + 1;
  // The sizes stand inside of what they measure, and do not change it: measure a draft.
  const draft = setSection(medium.spec, spec, { position, offset, sizes: { backupSize: 0, compressedBackupSize: 0 } });
  const backupSize = lengthOf(draft.pieces) - (draft.blockOffsets[2] ?? 0);
  const compressedBackupSize = isContained(medium.spec)
    ? lengthOf(wrapped(medium.spec, draft, offset, "data"))
    : backupSize;
  const sizes = { backupSize, compressedBackupSize };
  medium.sets.push({ spec, offset, size: compressedBackupSize });
  addSection(medium, setSection(medium.spec, spec, { position, offset, sizes }), "data");
  const firstEnd = medium.length;
  const end = draftSection(medium.spec);
  end.add(() => endOfSet(medium.spec, medium.sets, boundaryOf(medium.spec)), boundaryOf(medium.spec));
  end.add(() => secondEndOfSet(spec, position, firstEnd), boundaryOf(medium.spec));
  addSection(medium, end, "blocks");
}

/** SSET to MSLS. */
function setSection(
  medium: FilledSpec,
  spec: FilledSpec,
  { position, offset, sizes }: { readonly position: number; readonly offset: number; readonly sizes: SetSizes },
): Section {
  const section = draftSection(medium);
  const estimate = { backupSize: spec.payloadBytes, compressedBackupSize: spec.payloadBytes };
  section.add(() => startOfSet(spec, position, offset));
  section.add((place) => volume(spec, place));
  section.add((place) => configurationBlock("MSCI", configuration(spec, "provisional", estimate), place));
  if (spec.backupType !== 2) section.add((place) => dataPages(spec, spec.payloadBytes, place));
  section.add((place) => logRecords(spec, spec.backupType === 2 ? spec.payloadBytes : 512, place));
  section.add((place) => configurationBlock("MSLS", configuration(spec, "final", sizes), place), boundaryOf(medium));
  return section;
}

interface DraftSection extends Section {
  /** Adds a block that ends at a multiple of the boundary, counted from the section's start. */
  add(build: (place: Place) => TapeBlock, blockBoundary?: number): void;
}

function draftSection(medium: FilledSpec): DraftSection {
  const pieces: Piece[] = [];
  const blockOffsets: number[] = [];
  return {
    pieces,
    blockOffsets,
    add: (build, blockBoundary = logicalBlock) => {
      const start = lengthOf(pieces);
      const block = build({ logicalAddress: start / logicalBlock, controlBlockId: blockOffsets.length });
      blockOffsets.push(start);
      pieces.push(...laidOut(block, { start, blockBoundary, dataBoundary: boundaryOf(medium) }));
    },
  };
}

type SectionKind = "blocks" | "data";

/** Adds a section and the filemark that closes it. */
function addSection(medium: Medium, section: Section, kind: SectionKind): void {
  const { spec, filemarks } = medium;
  add(medium, ...wrapped(spec, section, medium.length, kind));
  const offset = medium.length;
  const isOldLayout = spec.softwareVersion.major < 10;
  const followsLocator = isContained(spec) && kind === "data";
  const attributes = (isOldLayout ? 0 : 0x80000000) + (followsLocator ? 0x40000 : 0);
  add(medium, filemark(spec.blockSize, filemarks, { attributes, isOldLayout }));
  filemarks.push(offset);
}

/** A section as it lies in the file. */
const wrapped = (spec: FilledSpec, section: Section, fileOffset: number, kind: SectionKind): readonly Piece[] =>
  isContained(spec)
    ? recordsOf(section, { fileOffset, blockSize: spec.blockSize, isData: kind === "data" }, spec)
    : section.pieces;

function add(medium: Medium, ...pieces: readonly Piece[]): void {
  medium.pieces.push(...pieces);
  medium.length += lengthOf(pieces);
}
