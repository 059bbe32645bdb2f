// Decides what the figures of a load mean, and whether every uploaded file came through.
import type { Calls } from "./countingProxy.ts";
import type { DroppedFile, Followed } from "./dropAndFollow.ts";

/** What a process used during the load; absent where it cannot be measured. */
export interface Use {
  readonly cpuSeconds: number;
  readonly startBytes: number;
  readonly endBytes: number;
  readonly peakBytes: number;
}

export interface Uses {
  readonly host?: Use | undefined;
  readonly storage?: Use | undefined;
  readonly standIns?: Use | undefined;
  readonly calls?: Calls | undefined;
}

/** One sentence for each kind of file that did not come through; none when all did. */
export function faultsOf({ files }: Followed): string[] {
  const kinds: readonly [what: string, isIt: (file: DroppedFile) => boolean][] = [
    ["were lost: they have no row", ({ rowAt }) => rowAt === undefined],
    ["were not announced", ({ rowAt, announcedAt }) => rowAt !== undefined && announcedAt === undefined],
    ["were judged wrongly", ({ rowAt, verdict }) => rowAt !== undefined && verdict !== "selected"],
  ];
  return kinds.flatMap(([what, isIt]) => {
    const found = files.filter(isIt);
    const [first] = found;
    if (!first) return [];
    const example = first.verdict === undefined ? first.name : `${first.name}, ${first.verdict}`;
    return [`${found.length} of ${files.length} files ${what}, such as ${example}`];
  });
}

const NOT_AVAILABLE = "not available";

/** Lines for people. */
export function reportOf(followed: Followed, { host, storage, standIns, calls }: Uses): string[] {
  const { files, databases } = followed;
  const uploadedAt = files.map((file) => file.uploadedAt);
  const rowAt = files.flatMap((file) => file.rowAt ?? []);
  const announcedAt = files.flatMap((file) => file.announcedAt ?? []);
  const total = Object.values(calls ?? {}).reduce((sum, count) => sum + count, 0);
  const each = (count: number): string => (count / files.length).toFixed(2);
  const cpu = (use: Use | undefined): string =>
    use ? `${((1_000 * use.cpuSeconds) / files.length).toFixed(1)} ms` : NOT_AVAILABLE;
  return [
    `${files.length} files of ${databases} databases`,
    `uploaded             ${rate(followed, uploadedAt)}`,
    `to the row           ${rate(followed, rowAt)}; after the upload ${waits(files, (file) => file.rowAt)}`,
    `to the announcement  ${rate(followed, announcedAt)}; after the upload ${waits(files, (file) => file.announcedAt)}`,
    `after the last file  ${behind(uploadedAt, rowAt)} to the last row, ${behind(uploadedAt, announcedAt)} to the last announcement`,
    `storage calls        ${calls ? `${each(total)} per file` : NOT_AVAILABLE}`,
    ...Object.entries(calls ?? {})
      .toSorted(([, one], [, other]) => other - one)
      .map(([kind, count]) => `  ${each(count).padStart(7)}  ${kind}`),
    `CPU per file         app and host ${cpu(host)}, storage ${cpu(storage)}, stand-ins ${cpu(standIns)}`,
    `memory               app and host ${memory(host)}`,
  ];
}

const rate = ({ startedAt }: Followed, times: readonly number[]): string =>
  times.length === 0
    ? NOT_AVAILABLE
    : `${times.length} files, ${(times.length / ((Math.max(...times) - startedAt) / 1_000)).toFixed(1)} a second`;

/** From the last of the first to the last of the others. */
const behind = (first: readonly number[], others: readonly number[]): string =>
  others.length === 0 ? NOT_AVAILABLE : `${((Math.max(...others) - Math.max(...first)) / 1_000).toFixed(1)} s`;

/**
 * Never below zero: the clocks of app and uploader may differ, and the answer to an upload may come later than the
 * event about it.
 */
function waits(files: readonly DroppedFile[], end: (file: DroppedFile) => number | undefined): string {
  const milliseconds = files
    .flatMap((file) => {
      const at = end(file);
      return at === undefined ? [] : [Math.max(0, at - file.uploadedAt)];
    })
    .toSorted((one, other) => one - other);
  const at = (share: number): string =>
    `${((milliseconds[Math.ceil(share * milliseconds.length) - 1] ?? 0) / 1_000).toFixed(2)} s`;
  return milliseconds.length === 0 ? NOT_AVAILABLE : `p50 ${at(0.5)}, p95 ${at(0.95)}`;
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

const memory = (use: Use | undefined): string =>
  use
    ? `${mebibytes(use.startBytes)} before, ${mebibytes(use.endBytes)} after, ${mebibytes(use.peakBytes)} at most`
    : NOT_AVAILABLE;
