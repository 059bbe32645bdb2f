// Prints one calm line per change of a migration, from the API alone.
import { setTimeout as sleep } from "node:timers/promises";

/** GET /migrations, one item, and what GET /migrations/{id} adds to it; everything but the id may be missing. */
export interface Line {
  readonly migrationId: string;
  readonly state?: string;
  readonly mode?: string;
  readonly verdict?: string;
  readonly closed?: boolean;
  readonly unusable?: number;
  readonly source?: { readonly folder?: string };
  readonly target?: { readonly databaseName?: string };
  readonly files?: number;
  readonly states?: Readonly<Record<string, number>>;
  readonly gaps?: number;
  readonly restoredTo?: { readonly time?: string };
  readonly failure?: { readonly message?: string; readonly remedy?: string };
}

/** GET /migrations/{id}. */
interface Details {
  readonly gaps?: readonly {
    readonly fromLsn?: string;
    readonly toLsn?: string;
    readonly healedBy?: readonly string[];
  }[];
}

/** State and what goes with it, in words; two lines that read alike are no news. */
export function wordsOf(line: Line): string {
  const { files = 0, states = {}, failure, restoredTo, mode, verdict, closed, unusable = 0 } = line;
  const restored = states["Restored"] ?? 0;
  const why = [failure?.message, failure?.remedy].filter(Boolean).join(" ");
  const isOpen = verdict === "restorable" && mode === "offline";
  const needs =
    verdict === "mixed"
      ? "; they are of several databases, which need a folder each: npx ferry show"
      : isOpen && unusable > 0
        ? "; it starts once the files that cannot be used are replaced or removed: npx ferry show"
        : isOpen && !closed
          ? "; offline starts with a tail log, or when you say so: npx ferry start"
          : "";
  const words: Readonly<Record<string, string>> = {
    draft: "a folder without a target",
    waitingForChain: files === 0 ? "waiting for files" : `${files} ${files === 1 ? "file" : "files"} so far${needs}`,
    restoring: `${restored} of ${files} files restored`,
    readyForCutover: `everything restored to ${restoredTo?.time?.replace("T", " ") ?? "the last file"}; cut over on the page when you like`,
    cuttingOver: "coming online on the target",
    succeeded: `online on the target, ${restored} files restored`,
    failed: why,
    preflightFailed: why,
  };
  const { state = "?" } = line;
  return `${state.padEnd(16)} ${words[state] ?? ""}`.trimEnd();
}

/** Asks every second and prints what changed, until `signal` aborts. While the host is away nothing is printed. */
export async function printProgress(
  baseUrl: string,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const toldStates = new Map<string, string>();
  const toldGaps = new Set<string>();
  const toldFiles = new Set<string>();
  const toldIgnored = new Map<string, number>();
  let since: string | undefined;
  while (!signal.aborted) {
    const { lines, changeToken } = await changesSince(baseUrl, since, signal);
    since = changeToken ?? since;
    for (const line of lines) {
      const state = wordsOf(await withFailure(baseUrl, line, signal));
      const gaps = (await gapsOf(baseUrl, line, signal)).filter((gap) => !toldGaps.has(`${line.migrationId} ${gap}`));
      const unused = (await unusedOf(baseUrl, line, toldIgnored, signal)).filter(
        (file) => !toldFiles.has(`${line.migrationId} ${file}`),
      );
      const news = [...(toldStates.get(line.migrationId) === state ? [] : [state]), ...gaps, ...unused];
      for (const words of news) print(`${clock()}  ${nameOf(line).padEnd(12)} ${words}`);
      toldStates.set(line.migrationId, state);
      for (const gap of gaps) toldGaps.add(`${line.migrationId} ${gap}`);
      for (const file of unused) toldFiles.add(`${line.migrationId} ${file}`);
    }
    await sleep(1_000, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }
}

/** All migrations at first, then those that have changed: some of them twice, which is no news. */
async function changesSince(
  baseUrl: string,
  since: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly lines: readonly Line[]; readonly changeToken?: string }> {
  const query = new URLSearchParams(since === undefined ? {} : { since });
  const lines: Line[] = [];
  let changeToken: string | undefined;
  for (;;) {
    const page = await ask<ListPage>(`${baseUrl}/api/v1/migrations?${query}`, signal);
    if (page === undefined) return { lines }; // asked again in the next round, since the same time
    lines.push(...(page.items ?? []));
    changeToken ??= page.changeToken;
    if (page.nextCursor === undefined) return { lines, ...(changeToken !== undefined && { changeToken }) };
    query.set("cursor", page.nextCursor);
  }
}

interface ListPage {
  readonly items?: readonly Line[];
  readonly nextCursor?: string;
  readonly changeToken?: string;
}

/** The list tells only that it failed. */
async function withFailure(baseUrl: string, line: Line, signal: AbortSignal): Promise<Line> {
  if (line.failure === undefined) return line;
  const details = await ask<Pick<Line, "failure">>(`${baseUrl}/api/v1/migrations/${line.migrationId}`, signal);
  return { ...line, ...(details?.failure && { failure: details.failure }) };
}

async function gapsOf(baseUrl: string, line: Line, signal: AbortSignal): Promise<string[]> {
  if (!line.gaps) return [];
  const { gaps = [] } = (await ask<Details>(`${baseUrl}/api/v1/migrations/${line.migrationId}`, signal)) ?? {};
  return gaps.map(({ fromLsn, toLsn, healedBy = [] }) =>
    `${"gap".padEnd(16)} log backups are missing from LSN ${fromLsn} to ${toLsn}. ${healedBy[0] ?? ""}`.trimEnd(),
  );
}

/** Files that are refused, asked for when more or fewer are ignored than before. */
async function unusedOf(
  baseUrl: string,
  { migrationId, states }: Line,
  toldIgnored: Map<string, number>,
  signal: AbortSignal,
): Promise<string[]> {
  const ignored = states?.["Ignored"] ?? 0;
  if (ignored === (toldIgnored.get(migrationId) ?? 0)) return [];
  const files = await ask<{ items?: readonly FileLine[] }>(
    `${baseUrl}/api/v1/migrations/${migrationId}/files?order=newest`,
    signal,
  );
  if (files === undefined) return []; // asked again in the next round
  toldIgnored.set(migrationId, ignored);
  return (files.items ?? [])
    .filter(({ verdict }) => verdict === "rejected" || verdict === "notABackup")
    .map(({ name = "", reason = "", remedy = "" }) =>
      `${"not used".padEnd(16)} ${name} (${reason}). ${remedy}`.trimEnd(),
    );
}

/** GET /migrations/{id}/files, one item. */
interface FileLine {
  readonly name?: string;
  readonly verdict?: string;
  readonly reason?: string;
  readonly remedy?: string;
}

/** Undefined while nobody answers, or not with success. */
async function ask<Body>(url: string, signal: AbortSignal): Promise<Body | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
    return answer.ok ? ((await answer.json()) as Body) : undefined;
  } catch {
    return undefined; // the host is away or being stopped: the next round asks again
  }
}

const nameOf = ({ target, source, migrationId }: Line): string => target?.databaseName ?? source?.folder ?? migrationId;

const clock = (): string => new Date().toTimeString().slice(0, 8);
