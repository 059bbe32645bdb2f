// Writes the figures of a whole instance of sqlferry as OpenMetrics 1.0 text: migrations by state, lags, queues, the
// last sweep.
import type { ListedMigration } from "../migration/lists/listLine.ts";
import { hasBegun } from "../migration/migration.ts";
import type { SweepReport } from "../migration/sweep/sweepReport.ts";
import type { MigrationState } from "../migration/words.ts";
import { startsOf, type VmQueue } from "../queue/vmQueue.ts";
import { StateWord } from "./answers/words.ts";

/** https://prometheus.io/docs/specs/om/open_metrics_spec/ */
export const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

export interface Measured {
  /** Of the list, without forgotten migrations. */
  readonly migrations: readonly ListedMigration[];
  /** By the key of their VMs; only those that can be read. */
  readonly queues: readonly { readonly vmKey: string; readonly queue: VmQueue }[];
  readonly unreadableQueues: number;
  /** Absent before the first sweep. */
  readonly sweep: SweepReport | undefined;
  readonly now: Date;
}

/** A series per migration is much for a metrics store: only the greatest lags are written, with the number of all. */
const MOST_LAGS = 500;

/** Ends with "# EOF". Everything is a gauge: it is counted anew each time, and may fall. */
export function openMetrics({ migrations, queues, unreadableQueues, sweep, now }: Measured): string {
  const counts = new Map<MigrationState, number>();
  for (const { line } of migrations) counts.set(line.state, (counts.get(line.state) ?? 0) + 1);
  const lags = migrations
    .flatMap((migration) => {
      const seconds = lagSeconds(migration, now);
      return seconds === undefined ? [] : [{ labels: { migration: migration.line.migrationId }, value: seconds }];
    })
    .sort((a, b) => b.value - a.value);
  const ofQueues = (value: (queue: VmQueue) => number) =>
    queues.map(({ vmKey, queue }) => ({ labels: { vm: vmKey }, value: value(queue) }));
  const waiting = (kind: "start" | "cutover") => (queue: VmQueue) =>
    queue.tickets.filter((ticket) => ticket.status === "waiting" && ticket.kind === kind).length;
  const age = (at: string) => Math.max(0, (now.getTime() - Date.parse(at)) / 1_000);
  return [
    ...family("migrations", "Migrations in each state.", [
      ...StateWord.options.map((state) => ({ labels: { state }, value: counts.get(state) ?? 0 })),
    ]),
    ...family("migrations_waiting", "Migrations that something outside sqlferry holds up.", [
      { value: migrations.filter(({ line }) => line.waitingOn !== undefined).length },
    ]),
    ...family("migrations_stalled", "Migrations that a fault of sqlferry holds up, until somebody resumes them.", [
      { value: migrations.filter(({ line }) => line.stalled !== undefined).length },
    ]),
    ...family(
      "migration_lag_seconds",
      `Age of what is restored, of online migrations under way as of their last look; the ${MOST_LAGS} greatest.`,
      lags.slice(0, MOST_LAGS),
    ),
    ...family("migrations_with_lag", "Online migrations under way whose lag is known.", [{ value: lags.length }]),
    ...family("queue_waiting", "Migrations that wait for DMS to take their start or cutover, by VM.", [
      ...queues.flatMap(({ vmKey, queue }) =>
        (["start", "cutover"] as const).map((kind) => ({ labels: { vm: vmKey, kind }, value: waiting(kind)(queue) })),
      ),
    ]),
    ...family("vm_databases", "Databases started and not over, by VM.", [
      ...ofQueues((queue) => queue.tickets.length - waiting("start")(queue)),
    ]),
    ...family("vm_starts", "Starts since the last pause, by VM: VM_MAX_DATABASES is the cap.", [...ofQueues(startsOf)]),
    ...family("queues_unreadable", "Queues of VMs whose rows cannot be read.", [{ value: unreadableQueues }]),
    ...family("sweep_age_seconds", "Since the last sweep ended; absent before the first one.", [
      ...(sweep ? [{ value: age(sweep.endedAt) }] : []),
    ]),
    ...family("sweep_faults", "Rows and files that the last sweep could not read.", [
      ...(sweep ? [{ value: sweep.faults }] : []),
    ]),
    ...family("sweep_failed_folders", "Folders that the last sweep could not sweep.", [
      ...(sweep ? [{ value: sweep.failed.length }] : []),
    ]),
    "# EOF\n",
  ].join("\n");
}

/**
 * Seconds since the end of what is restored, by UTC; undefined when the restore is not under way, or the source's
 * offset is not known.
 */
function lagSeconds({ line, restoredUtc, isAllRestored }: ListedMigration, now: Date): number | undefined {
  if (line.mode !== "online" || !hasBegun(line)) return undefined;
  if (isAllRestored) return 0;
  return restoredUtc === undefined ? undefined : Math.max(0, (now.getTime() - Date.parse(restoredUtc)) / 1_000);
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family without samples is left out. Names of seconds end in "_seconds", as their unit requires. */
function family(name: string, help: string, samples: readonly Sample[]): readonly string[] {
  if (samples.length === 0) return [];
  const full = `sqlferry_${name}`;
  return [
    `# TYPE ${full} gauge`,
    ...(name.endsWith("_seconds") ? [`# UNIT ${full} seconds`] : []),
    `# HELP ${full} ${escaped(help)}`,
    ...samples.map(({ labels = {}, value }) => `${full}${labelSet(labels)} ${value}`),
  ];
}

function labelSet(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
