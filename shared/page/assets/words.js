// Translates the words of the API for people: states, verdicts, causes, times and sizes.

/** @import { MigrationState } from "../../migration/words.ts" */
/** @import { FileRow } from "../../api/answers/chain.ts" */
/** @import { ListLine, MigrationDetails } from "../../api/answers/migrations.ts" */
/** @typedef {"calm" | "busy" | "ask" | "good" | "bad"} Tone */
/** @typedef {{ readonly word: string; readonly tone: Tone }} Word */

/**
 * Per state: the word, a tone and what it means for whoever watches.
 * @type {Readonly<Record<MigrationState, Word & { readonly about: string }>>}
 */
export const STATES = {
  draft: {
    word: "Draft",
    tone: "ask",
    about: "It has no target yet. Register the migration with a target VM; the files stay where they are.",
  },
  waitingForChain: {
    word: "Waiting for backups",
    tone: "calm",
    about:
      "Online starts with a full backup; offline with a tail log, or when you say that all files are here (ferry start). A manual start waits for that word, too.",
  },
  preflightFailed: {
    word: "Preflight failed",
    tone: "bad",
    about:
      "Something about the target, the storage or the rights has to be put right. See the checks, then restart; ferry restart --vm corrects the target.",
  },
  preflighting: {
    word: "Preflight",
    tone: "calm",
    about: "The start is fixed, and the target is being checked; it goes on by itself.",
  },
  queued: { word: "Queued", tone: "calm", about: "It waits for its turn on the target VM and starts by itself." },
  starting: { word: "Starting", tone: "busy", about: "Azure Database Migration Service was asked to begin." },
  restoring: { word: "Restoring", tone: "busy", about: "Backups are restored as they arrive." },
  readyForCutover: {
    word: "Ready for cutover",
    tone: "ask",
    about: "Everything that has arrived is restored. Later logs are still taken in until you cut over.",
  },
  cuttingOver: {
    word: "Cutting over",
    tone: "busy",
    about: "The database is brought online on the target. It cannot be canceled any more.",
  },
  succeeded: { word: "Succeeded", tone: "good", about: "The database is online on the target." },
  failed: {
    word: "Failed",
    tone: "bad",
    about: "The run has ended. The backups are untouched; a restart (ferry restart) begins another run.",
  },
  canceling: { word: "Canceling", tone: "busy", about: "Azure Database Migration Service was asked to stop." },
  canceled: {
    word: "Canceled",
    tone: "calm",
    about: "The run has ended. The backups are untouched; a restart (ferry restart) begins another run.",
  },
};

/**
 * No run is under way: nothing lags behind, nothing can be canceled.
 * @param {Pick<ListLine, "state">} line
 */
export const hasEnded = ({ state }) => ["succeeded", "failed", "canceled", "preflightFailed"].includes(state);

/**
 * A state that this page does not know yet is shown as it came.
 * @param {MigrationState} state
 * @returns {Word & { readonly about: string }}
 */
export const stateOf = (state) => STATES[state] ?? { word: state, tone: "calm", about: "" };

/** @typedef {NonNullable<MigrationDetails["assessment"]>["findings"][number]} SourceFinding */
/**
 * It refuses the start.
 * @param {Pick<SourceFinding, "outcome" | "severity" | "acknowledged">} finding
 */
export const isHoldingUp = ({ outcome, severity, acknowledged }) =>
  outcome === "found" && severity === "blocks" && acknowledged === undefined;

/**
 * A finding of the source will refuse the start.
 * @param {Pick<ListLine, "state" | "assessed">} line
 */
const isBlocked = ({ state, assessed }) =>
  (state === "draft" || state === "waitingForChain") && (assessed?.blocks ?? 0) > 0;

/**
 * What holds the run up besides its own course, if anything does.
 * @param {Pick<ListLine, "state" | "stalled" | "waitingOn" | "assessed">} line
 * @returns {Word | undefined}
 */
export function hindranceOf(line) {
  if (line.stalled) return { word: "Stands still", tone: "bad" };
  if (line.waitingOn) return { word: `Waits for ${line.waitingOn.what}`, tone: "ask" };
  return isBlocked(line) ? { word: "Blocked by its assessment", tone: "bad" } : undefined;
}

/** @type {Readonly<Record<NonNullable<ListLine["verdict"]>, Word>>} */
const VERDICTS = {
  empty: { word: "No backups yet", tone: "calm" },
  mixed: { word: "Several databases", tone: "bad" },
  waiting: { word: "Waiting for a file", tone: "ask" },
  restorable: { word: "Restorable", tone: "good" },
  broken: { word: "Broken", tone: "bad" },
};
/**
 * @param {ListLine["verdict"]} verdict
 * @param {number} files That lie in the folder, of whatever use.
 * @returns {Word}
 */
export const verdictOf = (verdict, files) =>
  verdict === "empty" && files > 0
    ? { word: "No usable backup", tone: "ask" }
    : ((verdict && VERDICTS[verdict]) ?? { word: verdict ?? "Not looked at yet", tone: "calm" });

/** @typedef {typeof GROUPS[number]} Group */
const GROUPS = /** @type {const} */ (["Needs you", "Under way", "Done"]);

/**
 * Where a migration stands in the list: what needs a person first. What waits for something outside does from the
 * moment on in which people are told of it.
 * @param {Pick<ListLine, "state" | "verdict" | "gaps" | "stalled" | "waitingOn" | "assessed">} line
 * @returns {Group}
 */
export function groupOf({ state, verdict, gaps = 0, stalled, waitingOn, assessed }) {
  if (state === "succeeded" || state === "canceled") return "Done";
  const needsAPerson =
    ["ask", "bad"].includes(stateOf(state).tone) ||
    verdict === "broken" ||
    verdict === "mixed" ||
    gaps > 0 ||
    stalled !== undefined ||
    waitingOn?.told === true ||
    isBlocked({ state, ...(assessed && { assessed }) });
  return needsAPerson ? "Needs you" : "Under way";
}

/**
 * The groups that have members, each with their count and the first of them by name, `most` in all.
 * @param {readonly ListLine[]} lines
 * @param {number} most
 */
export function grouped(lines, most) {
  let left = most;
  const groups = GROUPS.map((group) => {
    const all = lines.filter((line) => groupOf(line) === group).sort(byName);
    const members = all.slice(0, left);
    left -= members.length;
    return { group, count: all.length, members };
  });
  return groups.filter(({ members }) => members.length > 0);
}

/**
 * A line of the list, or all that is known of a migration.
 * @typedef {object} Named
 * @property {{ readonly databaseName: string }} [target]
 * @property {string} [databaseName]
 * @property {{ readonly folder: string }} source
 */
/** @type {(a: Named, b: Named) => number} */
const byName = (a, b) => (nameOf(a) < nameOf(b) ? -1 : 1);

/**
 * What people call it: the target's name, the source's, or the folder, which may be the container's root.
 * @param {Named} line
 */
export const nameOf = ({ target, databaseName, source }) =>
  target?.databaseName ?? databaseName ?? (source.folder || "(root)");

/**
 * "sqlvm01" of the ARM id; "" in a draft.
 * @param {Pick<MigrationDetails, "target">} details
 */
export const vmOf = ({ target }) => target?.sqlVmResourceId.split("/").at(-1) ?? "";

/**
 * Files that are restored, and those that still will be.
 * @param {Pick<ListLine, "states">} line
 */
export function filesOf({ states }) {
  /** @param {readonly (keyof ListLine["states"])[]} words */
  const count = (...words) => words.reduce((sum, word) => sum + (states[word] ?? 0), 0);
  return { restored: count("Restored"), pending: count("Arrived", "Uploading", "Uploaded", "Restoring") };
}

/** @typedef {MigrationDetails["gaps"][number]["likelyCause"]} Cause */
/** @type {Readonly<Record<Cause, string>>} */
const CAUSES = {
  STRIPE_MISSING: "One file of a striped backup is not here.",
  OTHER_FORK:
    "A backup of this range lies on another recovery fork: the source was restored to an earlier time, or failed over.",
  RECOVERY_MODEL_SWITCH: "The database was probably switched to the simple recovery model and back.",
  FILE_MISSING: "A log backup was taken that has not arrived here.",
  REFUSED_FILE: "The file that holds it cannot be used.",
  NO_FILE: "Its log backup was taken, and no file of it can be had.",
  OTHER_LOG_BACKUP: "Another job probably took a log backup to some other place.",
};
/** @param {Cause} cause */
export const causeOf = (cause) => CAUSES[cause] ?? cause;

/**
 * One sentence per thing that the chain waits for.
 * @param {MigrationDetails["waitingFor"][number]} wait
 */
export function waitSentence(wait) {
  switch (wait.what) {
    case "full":
      return "A full backup to begin with.";
    case "base":
      return `The full backup that ${wait.neededBy} builds on${wait.lsn ? `, checkpoint LSN ${wait.lsn}` : ""}.`;
    case "stripes":
      return `Media family ${wait.missing.join(", ")} of ${wait.familyCount} of a striped backup.`;
    case "range":
      return `Log backups that cover LSN ${wait.fromLsn} to ${wait.toLsn}.`;
    default:
      return `Something this page does not know: ${/** @type {{ what: string }} */ (wait).what}.`;
  }
}

/**
 * "Sales_1.trn" of "Sales/Sales_1.trn"; a deeper path stays, since it is what is wrong with the file.
 * @param {string} name
 */
export const nameInFolder = (name) => name.slice(name.indexOf("/") + 1);

/** @type {Readonly<Record<string, string>>} */
const TYPES = { differentialFile: "differential file", differentialPartial: "differential partial" };
/** @param {Pick<FileRow, "type" | "isCopyOnly">} file */
export const typeOf = ({ type, isCopyOnly }) =>
  `${(type && TYPES[type]) ?? type ?? ""}${isCopyOnly ? ", copy-only" : ""}`;

/**
 * "2025-11-24 21:45:00": a wall clock as it was read.
 * @param {string | undefined} time
 */
export const clock = (time) => time?.slice(0, 19).replace("T", " ") ?? "";
/** @param {string | undefined} time */
export const utc = (time) => (time ? `${clock(time)} UTC` : "");

/**
 * "45 s", "12 min", "3 h 05 min", "2 d 4 h".
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/**
 * Powers of 1024: "1.5 MB".
 * @param {number} bytes
 */
export function size(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/**
 * @param {number} count
 * @param {string} word
 */
export const countOf = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
