// How is memory measured without what is garbage already?
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The collector, without starting Node with a flag. */
export function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
