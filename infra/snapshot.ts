// Writes the predicted resources of each case in infra/snapshots beside it, so that a reviewer sees what a change of
// Bicep does.
//
//   node infra/snapshot.ts
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startBicep } from "./bicep.ts";

/** Absolute path of the folder with the cases. */
export const SNAPSHOTS = join(import.meta.dirname, "snapshots");

/** The names of the cases: "small.main" is small.main.bicepparam with small.main.snapshot.json. */
export const cases = (): string[] =>
  readdirSync(SNAPSHOTS)
    .filter((file) => file.endsWith(".bicepparam"))
    .map((file) => file.slice(0, -".bicepparam".length));

if (import.meta.main) {
  const bicep = await startBicep();
  for (const name of cases()) {
    const prediction = await bicep.predict(join(SNAPSHOTS, `${name}.bicepparam`));
    writeFileSync(join(SNAPSHOTS, `${name}.snapshot.json`), `${JSON.stringify(prediction, null, 2)}\n`);
    console.log(`${name}: ${prediction.predictedResources.length} resources`);
  }
  bicep.stop();
}
