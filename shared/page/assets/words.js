// Which words stand for what the API says? States, verdicts, causes, times, sizes: plain functions without a page.

/** Per state: the word, a tone (calm, busy, ask, good, bad) and what it means for whoever watches. */
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
    about: "Something about the target, the storage or the rights has to be put right. See the checks, then restart.",
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
    about: "The run has ended. The backups are untouched; a restart begins a new run.",
  },
  canceling: { word: "Canceling", tone: "busy", about: "Azure Database Migration Service was asked to stop." },
  canceled: {
    word: "Canceled",
    tone: "calm",
    about: "The run has ended. The backups are untouched; a restart begins a new run.",
  },
};

/** No run is under way: nothing lags behind, nothing can be canceled. */
export const hasEnded = ({ state }) => ["succeeded", "failed", "canceled", "preflightFailed"].includes(state);

/** A state that this page does not know yet is shown as it came. */
export const stateOf = (state) => STATES[state] ?? { word: state, tone: "calm", about: "" };

const VERDICTS = {
  empty: { word: "No backups yet", tone: "calm" },
  mixed: { word: "Several databases", tone: "bad" },
  waiting: { word: "Waiting for a file", tone: "ask" },
  restorable: { word: "Restorable", tone: "good" },
  broken: { word: "Broken", tone: "bad" },
};
export const verdictOf = (verdict) => VERDICTS[verdict] ?? { word: verdict ?? "Not looked at yet", tone: "calm" };

const GROUPS = ["Needs you", "Under way", "Done"];

/** Where a migration stands in the list: what needs a person first. */
export function groupOf({ state, verdict }) {
  if (state === "succeeded" || state === "canceled") return GROUPS[2];
  const needsAPerson = ["ask", "bad"].includes(stateOf(state).tone) || verdict === "broken" || verdict === "mixed";
  return needsAPerson ? GROUPS[0] : GROUPS[1];
}

/** [[group, lines by name], …] without the empty ones. */
export const grouped = (lines) =>
  GROUPS.map((group) => [group, lines.filter((line) => groupOf(line) === group).sort(byName)]).filter(
    ([, members]) => members.length > 0,
  );
const byName = (a, b) => (nameOf(a) < nameOf(b) ? -1 : 1);

/** What people call it: the target's name, the source's, or the folder. */
export const nameOf = ({ target, databaseName, source }) =>
  target?.databaseName ?? databaseName ?? (source.folder || source.container);

/** "sqlvm01" of the ARM id; "" in a draft. */
export const vmOf = ({ target }) => target?.sqlVmResourceId.split("/").at(-1) ?? "";

/** Files that are restored, and those that still will be. */
export function filesOf({ states }) {
  const count = (...words) => words.reduce((sum, word) => sum + (states[word] ?? 0), 0);
  return { restored: count("Restored"), pending: count("Arrived", "Uploading", "Uploaded", "Restoring") };
}

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
export const causeOf = (cause) => CAUSES[cause] ?? cause;

/** One sentence per thing that the chain waits for. */
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
      return `Something this page does not know: ${wait.what}.`;
  }
}

/** "Sales_1.trn" of "Sales/Sales_1.trn"; a deeper path stays, since it is what is wrong with the file. */
export const nameInFolder = (name) => name.slice(name.indexOf("/") + 1);

const TYPES = { differentialFile: "differential file", differentialPartial: "differential partial" };
export const typeOf = ({ type, isCopyOnly }) => `${TYPES[type] ?? type ?? ""}${isCopyOnly ? ", copy-only" : ""}`;

/** Newest first by end of log; what could not be read stands before everything. */
export const newestFirst = (files) => [...files].sort((a, b) => (placeOf(a) > placeOf(b) ? -1 : 1));
const placeOf = ({ lastLsn, familySequenceNumber, name }) =>
  `${lastLsn?.padStart(25, "0") ?? "~"} ${String(99 - (familySequenceNumber ?? 0)).padStart(2, "0")} ${name}`;

/** "2025-11-24 21:45:00": a wall clock as it was read. */
export const clock = (time) => time?.slice(0, 19).replace("T", " ") ?? "";
export const utc = (time) => (time ? `${clock(time)} UTC` : "");

/** "45 s", "12 min", "3 h 05 min", "2 d 4 h". */
export function duration(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Powers of 1024: "1.5 MB". */
export function size(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

export const countOf = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
