// Implements `ferry show`: shows where one migration stands and what stands in its way.

import type { FileRow } from "../../shared/api/answers/chain.ts";
import type { MigrationDetails } from "../../shared/api/answers/migrations.ts";
import { bareName } from "../../shared/dryRun/recordNames.ts";
import { openEnd } from "../../shared/start/startLoss.ts";
import { allFiles, apiOf, findMigration } from "../api.ts";
import { API_OPTIONS, type Command, onlyOperand } from "../command.ts";
import { EXIT } from "../exit.ts";
import { observedOf, weightOf } from "../print/assessText.ts";
import { awaited } from "../print/awaited.ts";
import { countOf, paragraph, print, printable, printJson, terminalWidth, timeOf, utcText } from "../print/print.ts";
import { hasEnded, restoredOf, waitsFor } from "../print/waits.ts";

export const show: Command = {
  usage: "show ID|DATABASE [--json]",
  summary: "one migration: state, chain, gaps, cutover gate",
  options: API_OPTIONS,
  run: async (given) => {
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, onlyOperand(show, given));
    const details = await api.get<MigrationDetails>(`/migrations/${migrationId}`);
    if (given.flag("json")) {
      printJson(details);
      return EXIT.done;
    }
    const { items } = await allFiles(api, migrationId);
    const lines = [
      ...facts(details),
      ...requestLines(details),
      ...obstacles(details),
      ...unused(details, items),
      ...assessed(details),
    ];
    for (const line of lines) print(fitted(printable(line)));
    return EXIT.done;
  },
};

const MARGIN = "              ";

/** A line whose name stands in the margin; what does not fit goes on below, beside it. */
function fitted(line: string): string {
  const width = terminalWidth();
  if (width === undefined || line.length <= width || width < 40) return line;
  return line.slice(0, MARGIN.length) + paragraph(line.slice(MARGIN.length), MARGIN, width).slice(MARGIN.length);
}

const facts = (details: MigrationDetails): string[] =>
  Object.entries({
    migration: `${details.migrationId}, run ${details.run ?? 1}`,
    state: details.state,
    mode: details.mode,
    source: `${details.source?.container ?? ""}/${details.source?.folder ?? ""}`,
    target: [details.target?.sqlVmResourceId?.split("/").at(-1), details.target?.databaseName]
      .filter(Boolean)
      .join(" / "),
    chain: details.verdict,
    files: details.states && `${countOf(details.files ?? 0, "file")}, ${restoredOf(details)} restored`,
    "restorable to": timeOf(details.restorableTo),
    "restored to": timeOf(details.restoredTo),
    "last backup": details.lastBackupName,
    plan: details.planVersion,
    loss: lossOf(details),
  })
    .filter(([, value]) => value)
    .map(([name, value]) => `${name.padEnd(MARGIN.length)}${value}`);

/**
 * Before the restore, what an offline start would leave out; during it, what a cutover would lose; after it, what is
 * not on the target.
 */
function lossOf(details: MigrationDetails): string | undefined {
  const { state = "", unusableNewer = [] } = details;
  if (["draft", "waitingForChain"].includes(state)) return unusableNewer.length > 0 ? undefined : openEnd(details);
  const isKnown = ["restoring", "readyForCutover", "cuttingOver", "succeeded"].includes(state);
  return isKnown ? details.loss?.text : undefined; // of a run that ended otherwise nothing is on the target
}

/** What people asked for, as long as it is open or was forced: its reason, and what it passed over. */
const requestLines = ({ requests = [] }: MigrationDetails): string[] =>
  requests.flatMap((request) => {
    const { kind, by, at, outcome } = request;
    const forced = forcedFor(request);
    if (outcome !== undefined && forced === undefined && outcome.status !== "refused") return [];
    const passedOverFiles = (kind === "cancel" ? undefined : request.passedOverFiles) ?? [];
    const passedOver = passedOverFiles.length === 0 ? "" : someOf(passedOverFiles);
    const end = outcome?.status === "refused" ? `refused: ${outcome.detail ?? ""}` : "";
    return [
      `${kind.padEnd(MARGIN.length)}${[`asked for by ${by} at ${utcText(at)}`, forced !== undefined && `forced: ${forced}`, end].filter(Boolean).join("; ")}`,
      ...(passedOver === "" ? [] : [`${MARGIN}What these files hold is not on the target: ${passedOver}`]),
    ];
  });

/** The reason; undefined of one that goes past nothing. */
function forcedFor(request: MigrationDetails["requests"][number]): string | undefined {
  if (request.kind === "start") return request.forced?.reason;
  return request.kind === "cutover" && request.force ? (request.reason ?? "") : undefined;
}

const waitLines = ({ what, since, cause, remedy }: NonNullable<MigrationDetails["waitingOn"]>): string[] => [
  `waits for     ${what ?? ""}, since ${utcText(since)}`,
  ...[cause, remedy].filter(Boolean).map((sentence) => `${MARGIN}${sentence}`),
];

const gapLines = ({ fromLsn, toLsn, healedBy = [], deadline, overdue }: MigrationDetails["gaps"][number]): string[] => [
  `gap           from LSN ${fromLsn} to ${toLsn}`,
  ...(deadline === undefined
    ? []
    : [
        overdue
          ? `${MARGIN}Awaited in vain until ${utcText(deadline)}: the chain counts as broken.`
          : `${MARGIN}Awaited until ${utcText(deadline)}; from then on the chain counts as broken.`,
      ]),
  ...healedBy.map((remedy) => `${MARGIN}${remedy}`),
];

/** What the chain waits for; without that, what the migration's state tells. A gap has said its range already. */
function waits(details: MigrationDetails): string[] {
  const { gaps = [], waitingFor = [], waitingOn } = details;
  const chain = waitingFor.filter(({ what }) => what !== "range").map((wait) => `waits for     ${awaited(wait)}`);
  const word = waitsFor(details);
  const isTold = chain.length > 0 || gaps.length > 0 || waitingOn !== undefined || word === "";
  return isTold ? chain : [`waits for     ${word}`];
}

const obstacles = (details: MigrationDetails): string[] => {
  const { migrationId, mode, gaps = [], problems = [], databases = [], gate = [], checks = [] } = details;
  const { failure, waitingOn, stalled } = details;
  const isDone = details.state === "succeeded"; // what the preflight found is history
  const found = isDone ? [] : checks.filter(({ outcome }) => outcome === "fail" || outcome === "warn");
  const asOf = details.checksAt === undefined ? "" : ` (as of ${utcText(details.checksAt)})`;
  return [
    ...(waitingOn ? waitLines(waitingOn) : []),
    ...gaps.flatMap(gapLines),
    ...waits(details),
    ...problems.map(({ message }) => `problem       ${message}`),
    ...databases.map(
      ({ name, files, suggestedFolder }) =>
        `database      ${name}: ${countOf(files.length, "file")} (${someOf(files)}) ${suggestedFolder === "stay" ? "may stay" : `to be moved into the folder ${suggestedFolder}`}`,
    ),
    ...found.map(
      ({ id, outcome, message, remedy }) => `preflight     ${id} ${outcome}${asOf}: ${message} ${remedy ?? ""}`,
    ),
    ...(mode === "online" && !hasEnded(details) ? gate : []).map(
      // an offline migration cuts over by itself
      ({ id, condition, ok, observed }) =>
        `cutover       ${id} ${ok ? "met    " : "not met"} ${condition} (${observed})`,
    ),
    ...(stalled
      ? [`stalled       since ${stalled.since}: ${stalled.what} Once it is mended: ferry resume ${migrationId}`]
      : []),
    ...(failure ? [`failure       ${[failure.message, failure.cause, failure.remedy].filter(Boolean).join(" ")}`] : []),
    ...(hasEnded(details) && details.state !== "succeeded"
      ? [
          `next          ferry restart ${migrationId} (with --vm RESOURCE_ID or --target-database NAME where the target was wrong)`,
        ]
      : []),
  ];
};

const MOST_NAMES = 5;
const someOf = (files: readonly string[]): string =>
  `${files.slice(0, MOST_NAMES).map(bareName).join(", ")}${files.length > MOST_NAMES ? ` and ${files.length - MOST_NAMES} more` : ""}`;

/** Files that are of no use and that no problem of the folder has named; how one is taken out, where that may help. */
function unused({ migrationId, problems = [], source, state }: MigrationDetails, items: readonly FileRow[]): string[] {
  const isUnused = ({ verdict }: FileRow) => verdict === "rejected" || verdict === "notABackup";
  const named = new Set(problems.flatMap(({ files = [] }) => files));
  const all = items.filter(isUnused);
  const rest = all.filter(({ name }) => !named.has(name));
  const [first] = all;
  return [
    ...rest
      .slice(0, MOST_NAMES)
      .map(({ name, reason, detail, remedy }) =>
        `not used      ${bareName(name)} (${reason}). ${detail ?? ""} ${remedy ?? ""}`.trimEnd(),
      ),
    ...(rest.length > MOST_NAMES ? [`${MARGIN}and ${rest.length - MOST_NAMES} more: ferry files ${migrationId}`] : []),
    ...(first && !hasEnded({ state: state ?? "" })
      ? [
          `${MARGIN}To take a file out of the folder, once it is kept elsewhere: az storage blob delete --auth-mode login --account-name ACCOUNT --container-name ${source?.container ?? ""} --name "${first.name}"`,
        ]
      : []),
  ];
}

/** What blocks and what to act upon; what is good to know is on the page. */
const assessed = ({ assessment }: MigrationDetails): string[] =>
  assessment === undefined
    ? []
    : [
        `assessment    ${assessment.server}${assessment.takenAt === "" ? "" : `, as of ${assessment.takenAt.slice(0, 16).replace("T", " ")} UTC`}${assessment.isByName ? ", joined by name alone" : ""}`,
        ...assessment.findings.filter(({ severity }) => severity !== "info").flatMap(findingLines),
        ...(assessment.unknown.length > 0 ? [`              unknown: ${assessment.unknown.join(", ")}`] : []),
      ];

const findingLines = (finding: NonNullable<MigrationDetails["assessment"]>["findings"][number]): string[] => {
  const { check, title, remedy, acknowledged } = finding;
  return [
    `              ${weightOf(finding)}  ${check} ${title}: ${observedOf(finding)}`,
    acknowledged
      ? `                  acknowledged by ${acknowledged.by}: ${acknowledged.reason}`
      : `                  -> ${remedy}`,
  ];
};
