// Tests what a person reads in Teams: the whole card of each event that has one, and that no text breaks a card.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { EventType } from "../../../../shared/api/events.ts";
import { EVENT_PREFIX, type FerryEvent } from "../../../../shared/migration/events/events.ts";
import { cardFor } from "../../../../shared/notify/teamsCard.ts";

const LINK = "https://ferry.example.com/#/migrations/sales-1a2b3c4d";

const anEvent = (type: EventType, extra: Readonly<Record<string, unknown>> = {}) =>
  ({
    specversion: "1.0",
    id: "0123456789abcdef0123456789abcdef",
    source: "/sqlferry/test",
    type: `${EVENT_PREFIX}${type}`,
    subject: "/migrations/sales-1a2b3c4d",
    time: "2025-11-24T21:46:00.000Z",
    datacontenttype: "application/json",
    data: {
      migrationId: "sales-1a2b3c4d",
      runId: "mig-sales-1a2b3c4d-run-1",
      sourceServer: "SQL01",
      sourceDatabase: "Sales",
      targetVm: "SQLVM-07",
      targetDatabase: "Sales",
      mode: "online",
      state: "restoring",
      restoredTo: "2025-11-24T21:30:00",
      restorableTo: "2025-11-24T21:45:00",
      planVersion: "a1b2c3d4e5f60718",
      link: LINK,
      ...extra,
    },
  }) as FerryEvent;

/** The card as text: the state word with its colour, the title, the paragraphs, the facts, the button. */
function readable(event: FerryEvent): string[] {
  const content = cardFor(event)?.attachments[0].content;
  if (!content) return [];
  return [
    ...content.body.flatMap((element) =>
      element.type === "FactSet"
        ? element.facts.map(({ title, value }) => `${title}: ${value}`)
        : [element.color ? `${element.text} (${element.color})` : element.text],
    ),
    ...(content.actions ?? []).map(({ title, url }) => `[${title}] ${url}`),
  ];
}

const FACTS = [
  "Source server: SQL01",
  "Restored to: 2025-11-24 21:30:00",
  "Restorable to: 2025-11-24 21:45:00",
  "Plan: a1b2c3d4e5f60718",
];
const TITLE = "Sales → SQLVM-07 / Sales, online";
const OPEN = `[Open migration] ${LINK}`;
const aboutFile = { file: "Sales/log1.trn", detail: "What was found.", remedy: "What to do." };

interface Golden {
  readonly extra?: Readonly<Record<string, unknown>>;
  /** The state word with its colour, then the paragraphs. */
  readonly says: readonly [string, ...string[]];
  readonly action?: string;
}

const SILENT = [
  "backup.accepted",
  "backup.restored",
  "chain.restorable",
  "migration.queued",
  "migration.started",
  "assessment.published",
] as const satisfies readonly EventType[];

const GOLDEN: Readonly<Record<Exclude<EventType, (typeof SILENT)[number]>, Golden>> = {
  "backup.rejected": {
    extra: aboutFile,
    says: ["Backup rejected (Warning)", "Sales/log1.trn", "What was found.", "What to do."],
  },
  "chain.gap.detected": {
    extra: {
      fromLsn: "34000000014400001",
      toLsn: "34000000015200001",
      after: "Sales/log1.trn",
      before: "Sales/log3.trn",
      afterTime: "2025-11-24T21:15:00",
      beforeTime: "2025-11-24T21:45:00",
      likelyCause: "OTHER_LOG_BACKUP",
      healedBy: ["Drop the log backup of 21:30.", "Or take a differential backup."],
    },
    says: [
      "Gap in the log chain (Warning)",
      "Log backups are missing from LSN 34000000014400001 to 34000000015200001.",
      "After Sales/log1.trn (2025-11-24 21:15:00), before Sales/log3.trn (2025-11-24 21:45:00).",
      "Likely cause: another job took a log backup to some other place.",
      "Drop the log backup of 21:30.",
      "Or take a differential backup.",
    ],
  },
  "chain.gap.healed": {
    extra: { range: "34000000014400001-34000000015200001" },
    says: ["Gap healed (Good)", "The log chain has no gap at LSN 34000000014400001-34000000015200001 any more."],
  },
  "chain.broken": {
    extra: { reasons: ["The folder no longer holds full.bak; upload it again."] },
    says: ["Chain broken (Attention)", "The folder no longer holds full.bak; upload it again."],
  },
  "chain.mixed": {
    extra: { reasons: ["one", "two", "three", "four", "five", "six", "seven"] },
    says: ["Several databases in one folder (Attention)", "one", "two", "three", "four", "five", "… and 2 more."],
  },
  "migration.ready": {
    extra: { lastBackupName: "log2.trn" },
    says: ["Ready for cutover (Good)", "Everything is restored; the last backup is log2.trn."],
    action: "Review cutover",
  },
  "cutover.requested": {
    extra: {
      by: "dba@example.com",
      forced: true,
      reason: "The window closes.",
      detail: "DMS has accepted the cutover.",
    },
    says: [
      "Cutover begun (Warning)",
      "Asked for by dba@example.com, forced.",
      "The window closes.",
      "DMS has accepted the cutover.",
    ],
  },
  "cutover.refused": {
    extra: { by: "dba@example.com", forced: false, detail: "The VM is stopped." },
    says: ["Cutover refused (Attention)", "Asked for by dba@example.com.", "The VM is stopped."],
  },
  "cutover.completed": { says: ["Cutover completed (Good)", "The database is online on the target."] },
  "migration.succeeded": { says: ["Migrated (Good)", "The database is online on the target."] },
  "migration.failed": {
    extra: { code: "2009", message: "RESTORE failed.", cause: "A file is there.", remedy: "Drop it, then restart." },
    says: ["Failed (Attention)", "RESTORE failed.", "A file is there.", "Drop it, then restart.", "2009"],
  },
  "migration.canceled": {
    says: ["Canceled (Warning)", "What was restored is given up; the backups are where they were."],
  },
  "migration.waiting": {
    extra: { what: "the VM", since: "2025-11-24T20:55:00", cause: "It is deallocated.", remedy: "Start it." },
    says: [
      "Waiting for something outside (Warning)",
      "It has waited for the VM since 2025-11-24 20:55:00 UTC.",
      "It is deallocated.",
      "Start it.",
    ],
  },
  "migration.stalled": {
    extra: { what: "LookAtRestore: it broke", since: "2025-11-24T20:55:00" },
    says: [
      "Stalled by a fault of sqlferry (Attention)",
      "It has stood still since 2025-11-24 20:55:00 UTC: LookAtRestore: it broke",
      "Nothing was canceled; what DMS restores goes on. Mend what stands in the way, then resume the migration.",
    ],
  },
  "migration.resumed": {
    extra: { by: "dba@example.com" },
    says: ["Goes on (Good)", "Resumed by dba@example.com."],
  },
  "alarm.late-file": {
    extra: aboutFile,
    says: ["File after the cutover (Attention)", "Sales/log1.trn", "What was found.", "What to do."],
  },
  "alarm.source-reopened": {
    extra: { message: "The source was opened again.", files: ["Sales/log1.trn"] },
    says: ["Source written to after its tail log (Attention)", "The source was opened again."],
  },
  "alarm.overwritten": {
    extra: aboutFile,
    says: ["Restored file overwritten (Attention)", "Sales/log1.trn", "What was found.", "What to do."],
  },
  "alarm.blob-deleted": {
    extra: { file: "Sales/log1.trn", detail: "Upload it again." },
    says: ["Backup deleted before it was restored (Attention)", "Sales/log1.trn", "Upload it again."],
  },
  "alarm.unreadable": {
    extra: { file: "Sales/log1.trn", detail: "The sweep reads it again." },
    says: ["File could not be read (Attention)", "Sales/log1.trn", "The sweep reads it again."],
  },
};

describe("the card of", () => {
  for (const [type, { extra, says, action }] of Object.entries(GOLDEN))
    test(type, () => {
      const [word, ...paragraphs] = says;
      assert.deepEqual(readable(anEvent(type as EventType, extra)), [
        word,
        TITLE,
        ...paragraphs,
        ...FACTS,
        action ? `[${action}] ${LINK}` : OPEN,
      ]);
    });
});

describe("nobody is told", () => {
  for (const type of SILENT) test(type, () => assert.equal(cardFor(anEvent(type)), undefined));
  test("an event of a later version", () => {
    assert.equal(cardFor(anEvent("digest.daily" as EventType)), undefined);
  });
});

test("a card is an Adaptive Card 1.4 in a message, all of its text wrapped", () => {
  const message = cardFor(anEvent("migration.ready"));
  assert.equal(message?.type, "message");
  assert.equal(message.attachments.length, 1);
  const [{ contentType, content }] = message.attachments;
  assert.deepEqual(
    [contentType, content.type, content.version],
    ["application/vnd.microsoft.card.adaptive", "AdaptiveCard", "1.4"],
  );
  for (const element of content.body) assert.ok(element.type === "FactSet" || element.wrap);
});

test("a relative link is no action: it leads nowhere from Teams", () => {
  for (const link of ["/#/migrations/sales-1a2b3c4d", "", "javascript:alert(1)"])
    assert.equal(cardFor(anEvent("migration.ready", { link }))?.attachments[0].content.actions, undefined);
});

test("what is not known yet is left out", () => {
  const unknown = Object.fromEntries(
    ["sourceServer", "sourceDatabase", "targetVm", "targetDatabase", "restoredTo", "restorableTo", "planVersion"].map(
      (member) => [member, undefined],
    ),
  );
  assert.deepEqual(readable(anEvent("chain.broken", { ...unknown, reasons: [] })), [
    "Chain broken (Attention)",
    "sales-1a2b3c4d, online",
    OPEN,
  ]);
});

const TYPES = Object.keys(GOLDEN) as EventType[];
const MEMBERS = [
  ...new Set([
    ...Object.values(GOLDEN).flatMap(({ extra }) => Object.keys(extra ?? {})),
    "sourceServer",
    "sourceDatabase",
  ]),
  ...["targetVm", "targetDatabase", "restoredTo", "restorableTo", "planVersion"],
];
const filledWith = (value: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(MEMBERS.map((member) => [member, value]));

/**
 * Text that needs the most room in JSON: characters of three bytes, quotes, control characters, halves of surrogate
 * pairs, links.
 */
const HUGE = ["\u6f22", '"', "\u0001", "\ud800", "](", "\u{1F6A2}", "a\n"].map((unit) => unit.repeat(10_000));

describe("a card stays under 20 KB", () => {
  for (const type of TYPES)
    test(`of ${type}`, () => {
      for (const text of HUGE)
        for (const value of [text, [text, text, text, text, text, text]]) {
          const card = cardFor(anEvent(type, filledWith(value)));
          const bytes = Buffer.byteLength(JSON.stringify(card));
          assert.ok(bytes < 20_000, `${bytes} bytes of ${JSON.stringify(text.slice(0, 2))}`);
        }
    });
});

test("no name and no sentence becomes a Markdown link or a line of its own", () => {
  const parts = fc.constantFrom(
    "[",
    "]",
    "(",
    ")",
    "](",
    "[click](https://evil.example)",
    "x",
    "\n",
    "\r\n# ",
    "\u2028",
  );
  const anyName = fc.array(parts, { maxLength: 30 }).map((all) => all.join(""));
  fc.assert(
    fc.property(anyName, fc.constantFrom(...TYPES), (name, type) => {
      const lists = { healedBy: [name], reasons: [name] };
      const { body } = cardFor(anEvent(type, { ...filledWith(name), ...lists }))?.attachments[0].content ?? {
        body: [],
      };
      assert.ok(body.length > 0);
      assert.doesNotMatch(JSON.stringify(body), /\]\(|\\[nr]|\u2028/);
    }),
  );
});
