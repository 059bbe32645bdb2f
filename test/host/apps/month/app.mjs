// Runs the real orchestrators over a world in memory. The activities are stand-ins: the real ones assess all files of
// the folder several times in each turn, which for thousands of turns over as many files takes a quarter of an hour and
// says nothing about the host.
import { app } from "@azure/functions";
import * as df from "durable-functions";
import { migrateDatabase } from "../../../../functions/orchestrators/migrateDatabase.ts";
import * as steps from "../../../../functions/orchestrators/steps.ts";
import { world } from "../../support/month.ts";

df.app.orchestration("MigrateDatabase", migrateDatabase);
for (const step of Object.values(steps)) if ("watchName" in step) df.app.orchestration(step.watchName, step.turn);

const activity = ({ activityName }, handler) => df.app.activity(activityName, { handler });
activity(steps.lookAtFolder, () => ({ end: { end: "startable" } }));
activity(steps.runPreflight, () => ({ end: { end: "passed" } }));
activity(steps.lookForSlot, () => ({ end: { end: "granted" } }));
activity(steps.lookAtStart, () => ({ end: { end: "started" } }));
activity(steps.lookAtRestore, ({ watch }) => {
  world.watch = watch; // the watch registers first, then it reads
  world.looks++;
  world.restored = world.arrived;
  return world.cutoverAskedFor
    ? { end: { end: "cutoverRequested" } }
    : { nextLookSeconds: 120 * world.minutesBetweenLogs };
});
/** The gate and DMS refuse in turn, as long as refusals are left. */
const refuses = (gate) => {
  if (world.refusalsLeft === 0 || (world.refusalsLeft % 2 === 0) !== gate) return false;
  world.refusalsLeft--;
  world.refused++;
  return true;
};
activity(steps.cutOver, () => ({ accepted: !refuses(true) }));
activity(steps.lookAtCutover, () => ({ end: { end: refuses(false) ? "refused" : "succeeded" } }));
activity(steps.lookAtCancel, ({ end }) => ({ end }));
activity(steps.endRun, ({ end }) => ({ end: end.end }));

/** The fact comes first, then a wake-up, which may be lost. */
app.timer("TakeLogBackup", {
  schedule: `0 */${world.minutesBetweenLogs} * * * *`,
  extraInputs: [df.input.durableClient()],
  handler: async (_timer, context) => {
    world.arrived++;
    if (world.watch) await df.getClient(context).raiseEvent(world.watch, "Wake", {});
  },
});
