// Measures how long the app takes to load: tsc's build beside the bundle that is deployed, in turns.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../infra/bundle.ts";
import { localSeed, localSettings } from "../../local/settings.ts";
import type { Loaded } from "./loadApp.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ROUNDS = 11;

export async function benchStart(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sqlferry-start-"));
  try {
    await bundle(join(folder, "dist"));
    cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
    const [built, bundled]: [Loaded[], Loaded[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      built.push(load(ROOT));
      bundled.push(load(folder));
    }
    console.log(
      `\nLoading the app (a process of its own each time, files in the system's cache; fastest of ${ROUNDS})`,
    );
    for (const [name, rounds] of [["tsc's build", built] as const, ["the bundle", bundled] as const])
      console.log(
        `  ${name}: ${least(rounds, "milliseconds")} ms, ${least(rounds, "cpuMilliseconds")} ms of CPU, ` +
          `${Math.round(least(rounds, "residentBytes") / 2 ** 20)} MiB of memory`,
      );
    const share = least(bundled, "cpuMilliseconds") / least(built, "cpuMilliseconds");
    console.log(`  the bundle takes ${Math.round(100 * share)} % of the build's CPU time`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const least = (rounds: readonly Loaded[], of: keyof Loaded): number =>
  Math.round(Math.min(...rounds.map((loaded) => loaded[of])));

/** Nothing is sent to these addresses while the app loads. */
const SETTINGS = localSettings({
  azurite: {
    pid: undefined,
    connectionString: "UseDevelopmentStorage=true",
    blobEndpoint: "http://127.0.0.1:1",
    stop: () => Promise.resolve(),
  },
  seed: localSeed("http://127.0.0.1:1"),
  hostUrl: "http://127.0.0.1:1",
  armUrl: "http://127.0.0.1:1",
  identityHeader: "none",
  eventsUrl: "http://127.0.0.1:1",
  topicKey: "none",
});

function load(appFolder: string): Loaded {
  const script = fileURLToPath(new URL("loadApp.ts", import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", script, appFolder], {
    env: { PATH: process.env["PATH"], WEBSITE_AUTH_ENABLED: "True", ...SETTINGS },
    encoding: "utf8",
  });
  if (!stdout) throw new Error(`${appFolder} could not be loaded: ${stderr.slice(0, 2_000)}`);
  return JSON.parse(stdout) as Loaded;
}
