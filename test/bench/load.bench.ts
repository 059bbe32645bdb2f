// Measures a thousand files at once on the local stack, and the memory of app and host.
import { runLoad } from "../load/load.ts";

export async function benchLoad(): Promise<void> {
  console.log("\nUnder load (npm run load -- --databases 100 --logs 9)");
  const load = { databases: 100, logs: 9, patienceSeconds: 120 };
  const isWell = await runLoad({ load }, (line) => console.log(`  ${line}`));
  if (!isWell) throw new Error("Files got lost; which, stands above.");
}
