// Tests that generated backups have the layout of SQL Server's own, by the real files of ../shared/backups, where they
// exist.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import { type SampleBackupName, sampleBackup, sampleBackups } from "../../../../local/backups/sampleBackups.ts";
import { type Block, type ContainerRecord, filemarksIn, type Unwrapped, unwrap, walk } from "./tapeWalk.ts";

const folder = "../shared/backups";
const skip = existsSync(folder) ? false : `${folder} is not there`;

interface TakenApart {
  readonly path: string;
  readonly file: Buffer;
  readonly tape: Buffer;
  readonly blocks: readonly Block[];
  /** Of a compressed file only. */
  readonly container?: Unwrapped;
}

function takenApart(path: string, file: Buffer): TakenApart {
  if (file.toString("latin1", 0, 8) !== "MSSQLBAK") return { path, file, tape: file, blocks: walk(file) };
  const container = unwrap(file);
  return { path, file, tape: container.tape, blocks: walk(container.tape), container };
}

let real: readonly TakenApart[] = [];
before(() => {
  real = globSync(`${folder}/**/*.{bak,trn}`).map((path) => takenApart(path, readFileSync(path)));
});

/** By type of block: its attributes, and the streams that may follow, with theirs. */
const looksOf = ({ blocks }: TakenApart) =>
  blocks.flatMap(({ type, attributes, streams }) => [
    `${type} ${attributes.toString(16)}`,
    ...streams.map(({ id, mediaAttributes }) => `${type} ${id} ${mediaAttributes.toString(16)}`),
  ]);

/** The folder has no backup of SQL Server 2005, whose filemarks differ. */
const isSeenHere = (name: string) => !name.startsWith("unverified") && name !== "sqlServer2005";

test("attributes of blocks and streams of verified samples all occur in real files", { skip }, () => {
  const seen = new Set(real.flatMap(looksOf));
  for (const name of (Object.keys(sampleBackups) as SampleBackupName[]).filter(isSeenHere))
    for (const look of looksOf(takenApart(name, Buffer.from(sampleBackup(name)))))
      assert.ok(seen.has(look), `${name}: ${look}`);
});

test("real blocks come in the order in which they are generated", { skip }, () => {
  const orderOf = ({ blocks }: TakenApart) =>
    blocks
      .map(({ type }) => type)
      .filter((type, index, types) => type !== types[index - 1])
      .join(" ");
  const generated = (["log", "full", "appendedCompressed"] as const).map((name) =>
    orderOf(takenApart(name, Buffer.from(sampleBackup(name)))),
  );
  for (const one of real) assert.ok(generated.includes(orderOf(one)), `${one.path}: ${orderOf(one)}`);
});

test("filemarks, addresses and pointers of real files follow the rules by which generated ones are tested", {
  skip,
}, () => {
  for (const { path, file, tape, blocks } of real) {
    const blockSize = 512 * tape.readUInt16LE(0x40);
    const marks = filemarksIn(file, file.length - blockSize);
    const starts = blocks.filter(({ type }) => type === "SSET");
    assert.equal(marks.length, 2 * starts.length, path);
    for (const [index, start] of starts.entries()) {
      const offset = (marks[marks.length - 1 - 2 * index] ?? 0) + blockSize;
      assert.equal(Number(tape.readBigUInt64LE(start.at + 0x50)), offset, path);
      const end = blocks.filter(({ type }) => type === "MSLS")[index];
      assert.equal((end?.logicalAddress ?? 0) * 1024 + start.at, end?.at, path);
    }
    for (const { at, length } of pageData(blocks)) {
      const set = starts.findLast((start) => start.at < at);
      assert.equal((at + 2 - (set?.at ?? 0)) % Math.max(1024, blockSize), 0, path);
      assert.equal((length - 2) % 8192, 0, path);
    }
  }
});

const pageData = (blocks: readonly Block[]) =>
  blocks.flatMap(({ streams }) => streams.filter(({ id, length }) => id === "MQDA" && length > 0));

test("a real locator names exactly the records in which blocks begin, without the set's first", { skip }, () => {
  for (const { path, blocks, container } of real) {
    if (!container) continue;
    const starts = blocks.filter(({ type }) => type === "SSET");
    const ends = blocks.filter(({ type }) => type === "MSLS");
    assert.equal(container.locators.length, starts.length);
    for (const [index, locator] of container.locators.entries()) {
      const holding: readonly ContainerRecord[] = container.records.filter(
        ({ kind, logical, units }) =>
          kind === 0x01 &&
          logical > (starts[index]?.at ?? 0) &&
          logical <= (ends[index]?.at ?? 0) &&
          blocks.some(({ at }) => at >= logical && at < logical + units * 512),
      );
      assert.deepEqual(
        locator.map(({ at }) => at),
        holding.map(({ at }) => at),
        path,
      );
    }
  }
});
