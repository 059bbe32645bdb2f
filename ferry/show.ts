// ferry show: where does one migration stand, and what stands in its way?
import type { WaitingFor } from "../shared/chain/chainReport.ts";
import type { AsJson } from "../shared/page/asJson.ts";
import type { Finding } from "../shared/source/finding.ts";
import { apiOf, findMigration, type MigrationLine, type WaitingOn } from "./api.ts";
import { observedOf, weightOf } from "./assessText.ts";
import { awaited } from "./awaited.ts";
import { API_OPTIONS, type Command, onlyOperand } from "./command.ts";
import { EXIT } from "./exit.ts";
import { print, printable, printJson, timeOf } from "./print.ts";

interface Details extends MigrationLine {
  readonly lastBackupName?: string;
  readonly loss?: { readonly text?: string };
  readonly gaps?: readonly {
    readonly fromLsn?: string;
    readonly toLsn?: string;
    readonly healedBy?: readonly string[];
  }[];
  readonly waitingFor?: readonly AsJson<WaitingFor>[];
  readonly problems?: readonly { readonly message?: string }[];
  readonly gate?: readonly {
    readonly id?: string;
    readonly condition?: string;
    readonly ok?: boolean;
    readonly observed?: string;
  }[];
  readonly assessment?: {
    readonly server: string;
    readonly takenAt: string;
    readonly isByName: boolean;
    readonly findings: readonly AssessedFinding[];
    readonly unknown: readonly string[];
  };
  readonly checks?: readonly {
    readonly id?: string;
    readonly outcome?: string;
    readonly message?: string;
    readonly remedy?: string;
  }[];
}

type AssessedFinding = Finding & {
  readonly acknowledged?: { readonly by: string; readonly at: string; readonly reason: string };
};

export const show: Command = {
  usage: "show ID|DATABASE [--json]",
  summary: "one migration: state, chain, gaps, cutover gate",
  options: API_OPTIONS,
  run: async (given) => {
    const api = apiOf(given);
    const { migrationId } = await findMigration(api, onlyOperand(show, given));
    const details = await api.get<Details>(`/migrations/${migrationId}`);
    if (given.flag("json")) printJson(details);
    else for (const line of [...facts(details), ...obstacles(details), ...assessed(details)]) print(printable(line));
    return EXIT.done;
  },
};

const facts = (details: Details): string[] =>
  Object.entries({
    migration: `${details.migrationId}, run ${details.run ?? 1}`,
    state: details.state,
    mode: details.mode,
    source: `${details.source?.container ?? ""}/${details.source?.folder ?? ""}`,
    target: [details.target?.sqlVmResourceId?.split("/").at(-1), details.target?.databaseName]
      .filter(Boolean)
      .join(" / "),
    chain: details.verdict,
    "restorable to": timeOf(details.restorableTo),
    "restored to": timeOf(details.restoredTo),
    "last backup": details.lastBackupName,
    plan: details.planVersion,
    loss: hasEnded(details) ? undefined : details.loss?.text,
  })
    .filter(([, value]) => value)
    .map(([name, value]) => `${name.padEnd(14)}${value}`);

const hasEnded = ({ state = "" }: Details): boolean =>
  ["succeeded", "failed", "canceled", "preflightFailed"].includes(state);

const waitLines = ({ what, since, cause, remedy }: WaitingOn): string[] => [
  `waits for     ${what ?? ""}, since ${since?.slice(0, 19).replace("T", " ") ?? ""} UTC`,
  ...[cause, remedy].filter(Boolean).map((sentence) => `              ${sentence}`),
];

const obstacles = ({
  migrationId,
  mode,
  gaps = [],
  waitingFor = [],
  problems = [],
  gate = [],
  checks = [],
  failure,
  waitingOn,
  stalled,
}: Details): string[] => [
  ...(waitingOn ? waitLines(waitingOn) : []),
  ...gaps.flatMap(({ fromLsn, toLsn, healedBy = [] }) => [
    `gap           from LSN ${fromLsn} to ${toLsn}`,
    ...healedBy.map((remedy) => `              ${remedy}`),
  ]),
  // a gap has said its range already
  ...waitingFor.filter(({ what }) => what !== "range").map((wait) => `waits for     ${awaited(wait)}`),
  ...problems.map(({ message }) => `problem       ${message}`),
  ...checks
    .filter(({ outcome }) => outcome === "fail" || outcome === "warn")
    .map(({ id, outcome, message, remedy }) => `preflight     ${id} ${outcome}: ${message} ${remedy ?? ""}`),
  ...(mode === "online" ? gate : []).map(
    // an offline migration cuts over by itself
    ({ id, condition, ok, observed }) => `gate          ${id} ${ok ? "ok     " : "not yet"} ${condition} (${observed})`,
  ),
  ...(stalled
    ? [`stalled       since ${stalled.since}: ${stalled.what} Once it is mended: ferry resume ${migrationId}`]
    : []),
  ...(failure ? [`failure       ${[failure.message, failure.cause, failure.remedy].filter(Boolean).join(" ")}`] : []),
];

/** What blocks and what to act upon; what is good to know is on the page. */
const assessed = ({ assessment }: Details): string[] =>
  assessment === undefined
    ? []
    : [
        `assessment    ${assessment.server}${assessment.takenAt === "" ? "" : `, as of ${assessment.takenAt.slice(0, 16).replace("T", " ")} UTC`}${assessment.isByName ? ", joined by name alone" : ""}`,
        ...assessment.findings.filter(({ severity }) => severity !== "info").flatMap(findingLines),
        ...(assessment.unknown.length > 0 ? [`              unknown: ${assessment.unknown.join(", ")}`] : []),
      ];

const findingLines = (finding: AssessedFinding): string[] => {
  const { check, title, remedy, acknowledged } = finding;
  return [
    `              ${weightOf(finding)}  ${check} ${title}: ${observedOf(finding)}`,
    acknowledged
      ? `                  acknowledged by ${acknowledged.by}: ${acknowledged.reason}`
      : `                  -> ${remedy}`,
  ];
};
