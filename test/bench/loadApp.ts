// Loads the app of one folder as the local host does, and prints what that took: a process of its own for each
// measurement.
import { loadApp } from "../../local/host/coreModule.ts";

export interface Loaded {
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
  /** By how much the process has grown. */
  readonly residentBytes: number;
  readonly functions: number;
}

if (import.meta.main) {
  const [began, usedBefore, residentBefore] = [performance.now(), process.cpuUsage(), process.memoryUsage.rss()];
  const { functions } = await loadApp(process.argv[2] ?? "", () => undefined);
  const milliseconds = performance.now() - began;
  const { user, system } = process.cpuUsage(usedBefore);
  const loaded: Loaded = {
    milliseconds,
    cpuMilliseconds: (user + system) / 1_000,
    residentBytes: process.memoryUsage.rss() - residentBefore,
    functions: functions.size,
  };
  process.stdout.write(JSON.stringify(loaded), () => process.exit());
}
