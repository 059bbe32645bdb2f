// Writes what a person in Teams reads about an event: an Adaptive Card, or nothing where nobody needs to know.
import type { CommonData, EventDataOf, EventType } from "../api/events.ts";
import { EVENT_PREFIX, type FerryEvent } from "../migration/events/events.ts";

/** Body of a POST to a Teams Workflows webhook ("when a webhook request is received"). */
export interface TeamsMessage {
  readonly type: "message";
  readonly attachments: readonly [
    { readonly contentType: "application/vnd.microsoft.card.adaptive"; readonly content: AdaptiveCard },
  ];
}

/** Version 1.4, links only: submitting needs a bot. */
interface AdaptiveCard {
  readonly type: "AdaptiveCard";
  readonly version: "1.4";
  readonly body: readonly CardElement[];
  readonly actions?: readonly { readonly type: "Action.OpenUrl"; readonly title: string; readonly url: string }[];
}

type CardElement =
  | {
      readonly type: "TextBlock";
      readonly text: string;
      readonly wrap: true;
      readonly weight?: "Bolder";
      readonly size?: "Medium";
      readonly color?: Color;
    }
  | { readonly type: "FactSet"; readonly facts: readonly { readonly title: string; readonly value: string }[] };

type Color = "Good" | "Warning" | "Attention";

interface Wording<Type extends EventType> {
  /** The state word on top, and the colour of its severity. */
  readonly word: string;
  readonly color: Color;
  /** What happened, what it means, what to do; absent facts are left out. */
  readonly paragraphs: (data: EventDataOf<Type>) => readonly (string | undefined)[];
  readonly action?: string;
}

/** Teams refuses a message above 28 KB (assumed); with these no card reaches 20 KB, whatever an event holds. */
const MOST_OF_A_SENTENCE = 600;
const MOST_OF_A_NAME = 200;
const MOST_ITEMS = 5;

/** Likely causes of a gap in words. */
const CAUSES: Readonly<Record<EventDataOf<"chain.gap.detected">["likelyCause"], string>> = {
  STRIPE_MISSING: "one file of a striped backup is not here",
  RECOVERY_MODEL_SWITCH: "the database was switched to the simple recovery model and back",
  OTHER_FORK: "a backup of this range lies on another recovery fork: the source was restored or failed over",
  FILE_MISSING: "a log backup was taken that has not arrived",
  REFUSED_FILE: "the file that holds it cannot be used",
  NO_FILE: "its log backup was taken, and no file of it can be had",
  OTHER_LOG_BACKUP: "another job took a log backup to some other place",
};

const detailAndRemedy = ({ file, detail, remedy }: { file: string; detail: string; remedy?: string | undefined }) => [
  name(file),
  text(detail),
  text(remedy),
];

/** null: nobody needs to be told. */
const CARDS: { readonly [Type in EventType]: Wording<Type> | null } = {
  "backup.accepted": null,
  "backup.restored": null,
  "chain.restorable": null,
  "migration.queued": null,
  "migration.started": null,
  "assessment.published": null,
  "backup.rejected": { word: "Backup rejected", color: "Warning", paragraphs: detailAndRemedy },
  "chain.gap.detected": {
    word: "Gap in the log chain",
    color: "Warning",
    paragraphs: (data) => [
      `Log backups are missing from LSN ${name(data.fromLsn)} to ${name(data.toLsn)}.`,
      `After ${name(data.after)} (${moment(data.afterTime)}), before ${name(data.before)} (${moment(data.beforeTime)}).`,
      `Likely cause: ${CAUSES[data.likelyCause] ?? "not known"}.`,
      ...items(data.healedBy),
    ],
  },
  "chain.gap.healed": {
    word: "Gap healed",
    color: "Good",
    paragraphs: (data) => [`The log chain has no gap at LSN ${name(data.range)} any more.`],
  },
  "chain.broken": { word: "Chain broken", color: "Attention", paragraphs: (data) => items(data.reasons) },
  "chain.mixed": {
    word: "Several databases in one folder",
    color: "Attention",
    paragraphs: (data) => items(data.reasons),
  },
  "migration.ready": {
    word: "Ready for cutover",
    color: "Good",
    paragraphs: (data) => [
      data.lastBackupName === undefined
        ? undefined
        : `Everything is restored; the last backup is ${name(data.lastBackupName)}.`,
    ],
    action: "Review cutover",
  },
  "cutover.requested": {
    word: "Cutover begun",
    color: "Warning",
    paragraphs: (data) => [
      `Asked for by ${name(data.by)}${data.forced === true ? ", forced" : ""}.`,
      text(data.reason),
      text(data.detail),
    ],
  },
  "cutover.refused": {
    word: "Cutover refused",
    color: "Attention",
    paragraphs: (data) => [`Asked for by ${name(data.by)}.`, text(data.detail)],
  },
  "cutover.completed": {
    word: "Cutover completed",
    color: "Good",
    paragraphs: () => ["The database is online on the target."],
  },
  "migration.succeeded": {
    word: "Migrated",
    color: "Good",
    paragraphs: (data) => ["The database is online on the target.", text(data.loss)],
  },
  "migration.failed": {
    word: "Failed",
    color: "Attention",
    paragraphs: (data) => [text(data.message), text(data.cause), text(data.remedy), text(data.code)],
  },
  "migration.canceled": {
    word: "Canceled",
    color: "Warning",
    paragraphs: () => ["What was restored is given up; the backups are where they were."],
  },
  "migration.waiting": {
    word: "Waiting for something outside",
    color: "Warning",
    paragraphs: (data) => [
      `It has waited for ${name(data.what)} since ${moment(data.since)} UTC.`,
      text(data.cause),
      text(data.remedy),
    ],
  },
  "migration.stalled": {
    word: "Stalled by a fault of sqlferry",
    color: "Attention",
    paragraphs: (data) => [
      `It has stood still since ${moment(data.since)} UTC: ${text(data.what)}`,
      "Nothing was canceled; what DMS restores goes on. Mend what stands in the way, then resume the migration.",
    ],
  },
  "migration.resumed": {
    word: "Goes on",
    color: "Good",
    paragraphs: (data) => [data.by === undefined ? undefined : `Resumed by ${name(data.by)}.`],
  },
  "alarm.late-file": { word: "File after the cutover", color: "Attention", paragraphs: detailAndRemedy },
  "alarm.source-reopened": {
    word: "Source written to after its tail log",
    color: "Attention",
    paragraphs: (data) => [text(data.message)],
  },
  "alarm.overwritten": { word: "Restored file overwritten", color: "Attention", paragraphs: detailAndRemedy },
  "alarm.blob-deleted": {
    word: "Backup deleted before it was restored",
    color: "Attention",
    paragraphs: detailAndRemedy,
  },
  "alarm.unreadable": { word: "File could not be read", color: "Attention", paragraphs: detailAndRemedy },
};

/** Undefined for events that nobody needs to be told. */
export function cardFor({ type, data }: FerryEvent): TeamsMessage | undefined {
  const wording: Wording<never> | null | undefined = CARDS[type.slice(EVENT_PREFIX.length) as EventType];
  if (!wording) return undefined;
  const { word, color, paragraphs, action = "Open migration" } = wording;
  const content: AdaptiveCard = {
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      { type: "TextBlock", text: word, wrap: true, weight: "Bolder", size: "Medium", color },
      { type: "TextBlock", text: titleOf(data), wrap: true, weight: "Bolder" },
      ...paragraphs(data as never) // of its own type
        .filter((one) => one !== undefined && one !== "")
        .map((one) => ({ type: "TextBlock", text: one as string, wrap: true }) as const),
      { type: "FactSet", facts: factsOf(data) },
    ],
    // a relative link leads nowhere from Teams
    ...(/^https?:\/\//.test(data.link) && {
      actions: [{ type: "Action.OpenUrl", title: action, url: data.link }] as const,
    }),
  };
  return { type: "message", attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content }] };
}

/** `Sales` → `SQLVM-07 / Sales`, online. */
function titleOf({ sourceDatabase, targetVm, targetDatabase, migrationId, mode }: CommonData): string {
  const source = name(sourceDatabase || migrationId);
  return targetVm === undefined
    ? `${source}, ${mode}`
    : `${source} → ${name(targetVm)} / ${name(targetDatabase) ?? "?"}, ${mode}`;
}

const factsOf = ({ sourceServer, restoredTo, restorableTo, planVersion }: CommonData) =>
  [
    { title: "Source server", value: name(sourceServer) },
    { title: "Restored to", value: restoredTo && moment(restoredTo) },
    { title: "Restorable to", value: restorableTo && moment(restorableTo) },
    { title: "Plan", value: name(planVersion) },
  ].flatMap(({ title, value }) => (value ? [{ title, value }] : []));

/** Undefined stays absent, also where the type says otherwise: an older version may have written the event. */
const text = (value: unknown, most = MOST_OF_A_SENTENCE): string | undefined =>
  value === undefined || value === null ? undefined : plain(String(value), most);

const name = (value: unknown): string | undefined => text(value, MOST_OF_A_NAME);

const moment = (value: unknown): string => (name(value) || "unknown").replace("T", " ");

function items(value: unknown): string[] {
  const all = Array.isArray(value) ? value : [];
  const more = all.length > MOST_ITEMS ? [`… and ${all.length - MOST_ITEMS} more.`] : [];
  return [...all.slice(0, MOST_ITEMS).map((one) => plain(String(one), MOST_OF_A_SENTENCE)), ...more];
}

/** Short, on one line and without Markdown's links: names of files and databases are anybody's. */
function plain(value: string, most: number): string {
  const short = value.length > most ? `${value.slice(0, most - 1)}…` : value;
  return short
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .toWellFormed()
    .replaceAll("](", "]\u200b(");
}
