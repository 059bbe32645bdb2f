// Registers only the sweep, as functions/index.ts does, over 900 folders that record when they are looked at. What it
// keeps is written to the file NOTES.
import { appendFileSync, readFileSync } from "node:fs";
import { app } from "@azure/functions";
import * as df from "durable-functions";
import { sweepPart } from "../../../../functions/activities/sweepPart.ts";
import * as steps from "../../../../functions/orchestrators/steps.ts";
import { sweep } from "../../../../functions/orchestrators/sweep.ts";
import { sweepFolders } from "../../../../functions/timers/sweepFolders.ts";
import { draftOf } from "../../../../shared/application/files/ensureMigration.ts";
import { aWorld } from "../../../support/world.ts";

const FOLDERS = 900;
const LISTING_MS = 40;

const base = aWorld().services;
const note = (what, details) => appendFileSync(process.env.NOTES, `${JSON.stringify({ what, ...details })}\n`);
const kept = (what) => {
  const lines = readFileSync(process.env.NOTES, { encoding: "utf8", flag: "a+" }).split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line)).findLast((line) => line.what === what)?.kept;
};

/** Stalled, so that the sweep starts no run. */
const migrations = new Map(
  Array.from({ length: FOLDERS }, (_, n) => {
    const migration = { ...draftOf(base, `Database ${n}`), stalled: { what: "a test", since: "t" } };
    return [migration.migrationId, migration];
  }),
);
const ids = [...migrations.keys()].sort();
const factsOf = (id) => ({ migration: migrations.get(id), version: "1 e", requests: {} });

const services = {
  ...base,
  clock: { now: () => new Date() },
  files: {
    ...base.files,
    async *list(prefix) {
      note("visit", { folder: prefix.slice(0, -1) });
      await new Promise((resolve) => setTimeout(resolve, LISTING_MS));
    },
    topLevel: async () => ({ folders: [...migrations.values()].map(({ source }) => source.folder), files: [] }),
  },
  catalogue: { ...base.catalogue, generation: async () => "g", list: async () => [] },
  migrations: {
    ...base.migrations,
    facts: async (id) => factsOf(id),
    standing: async (id) => ({ ...factsOf(id), hasWaitingEvents: false }),
    commit: async () => "committed",
    outbox: async () => [],
    ids: async () => [],
    listedIds: async () => new Set(ids),
    listedFolders: async (after = "") => ({
      folders: ids
        .filter((id) => id > after)
        .map((migrationId) => {
          const { folder } = migrations.get(migrationId).source;
          return { migrationId, line: { folder, hasEnded: false, revision: 1 } };
        }),
    }),
  },
  sweeps: {
    ...base.sweeps,
    last: async () => kept("report"),
    progress: async () => kept("progress"),
    note: async (report) => note("report", { kept: report }),
    keep: async (progress) => note("progress", { kept: progress }),
  },
};

const durable = { extraInputs: [df.input.durableClient()] };
app.timer("SweepFolders", { schedule: "* * * * * *", ...durable, handler: sweepFolders(services) });
df.app.orchestration("Sweep", sweep);
df.app.activity(steps.sweepPart.activityName, { ...durable, handler: sweepPart(services) });
