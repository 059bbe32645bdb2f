// Rebuilds the app whenever one of its sources changes, and restarts the Functions host on the new build; `npm run
// dev` uses it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Editors write a file in several steps, and several files at once. */
const SETTLE_MS = 300;

export interface Rebuilding {
  /** Folders, relative to `root`, whose files make up the app. */
  readonly sources: readonly string[];
  readonly root: string;
  /** Exit code 0: it was built; else the output says what is wrong. */
  build(): Promise<{ readonly exitCode: number; readonly output: string }>;
  /** Stops the host in order and starts it again with the same data. */
  restart(): Promise<void>;
  print(line: string): void;
}

/**
 * Watches until the returned function is called, which resolves when a build that is under way has ended. A build that
 * fails is printed and changes nothing: the host goes on with the last good one. A change during a build is built next.
 */
export function rebuildOnChange({ sources, root, build, restart, print }: Rebuilding): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let changed = false;
  let working: Promise<void> | undefined;

  const work = async () => {
    while (changed) {
      changed = false;
      const { exitCode, output } = await build();
      if (exitCode !== 0) print(`The build failed; the host goes on with the last good one.\n${output.trimEnd()}`);
      else if (!changed) {
        print("Rebuilt. Restarting the host ...");
        await restart();
        print("The host serves the new build.");
      }
    }
  };
  const note = () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      working ??= work()
        .catch((error: Error) => print(`The host could not be restarted: ${error.message}`))
        .finally(() => {
          working = undefined;
        });
    }, SETTLE_MS);
  };

  const watchers: FSWatcher[] = sources
    .map((source) => join(root, source))
    .filter((path) => existsSync(path))
    .map((path) => watch(path, { recursive: true }, note));
  return async () => {
    for (const watcher of watchers) watcher.close();
    clearTimeout(timer);
    changed = false;
    await working;
  };
}

/** What `npm run build` does: tsc, and the page's files. */
export async function buildApp(): Promise<{ exitCode: number; output: string }> {
  const child = spawn(process.execPath, [join(ROOT, "local", "ensureReady.mjs")], { cwd: ROOT });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const [exitCode] = await once(child, "close");
  return { exitCode: exitCode ?? 1, output };
}
