// Collects garbage before memory is measured.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Makes the collector callable without starting Node with a flag. */
export function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
