// Finds the official Bicep compiler, or says why the tests that need it are skipped.
import { spawnSync } from "node:child_process";

export const BICEP = process.env["BICEP"] || "bicep";

export const noBicep: string | false =
  spawnSync(BICEP, ["--version"]).status === 0
    ? false
    : "no Bicep compiler: set BICEP, or put bicep on the PATH (.ci/run fetches it from NuGet)";
