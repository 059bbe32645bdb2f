// Bundles the app and everything it imports into a few files, which load faster than a thousand; the bundle is what is
// deployed.
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { ownSourceMap, type SourceMap } from "./ownSourceMap.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * As deep as the folders of functions/http: functions/http/status/statusPage.ts finds the page's assets from where it
 * lies.
 */
const PLACE = "functions/http/app";

/**
 * In the place of tsc's functions/main.js. Node reads the maps of what it loads after this call, so that stack traces
 * name our lines.
 */
const ENTRY = `process.setSourceMapsEnabled(true);\nawait import("./http/app/main.js");\n`;

/** CommonJS packages require modules of Node, @azure/functions that of the host: ES modules have no `require`. */
const REQUIRE = `import{createRequire as makeRequire}from"node:module";const require=makeRequire(import.meta.url);`;

/**
 * Writes functions/main.js into this folder, and what it loads into functions/http/app. Answers with the names of the
 * packages that are in it. Throws when esbuild finds an error, or warns.
 */
export async function bundle(folder: string): Promise<string[]> {
  const dist = join(root, "dist"); // nothing is written there: sources are named from there, as tsc does
  const { outputFiles, warnings, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [{ in: "functions/main.ts", out: `${PLACE}/main` }],
    chunkNames: `${PLACE}/[name]-[hash]`,
    outdir: dist,
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    minify: true,
    lineLimit: 160, // Node prints the line of an error that nobody catches
    sourcemap: true,
    sourcesContent: false,
    format: "esm",
    platform: "node",
    target: "node22",
    external: ["@azure/functions-core", "supports-color"], // the host's; what debug looks for and does without
    banner: { js: REQUIRE },
    plugins: [resourceFactories],
    logLevel: "warning",
  });
  if (warnings.length > 0) throw new Error("The bundle is not written: esbuild warns of what would fail when it runs.");
  mkdirSync(join(folder, PLACE), { recursive: true });
  writeFileSync(join(folder, "functions", "main.js"), ENTRY);
  for (const { path, text } of outputFiles)
    writeFileSync(join(folder, relative(dist, path)), path.endsWith(".map") ? withoutPackages(text) : text);
  return packagesOf(Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs)));
}

const packagesOf = (files: readonly string[]): string[] =>
  [...new Set(files.flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []))].toSorted();

/**
 * What functions/blobs/resourceFactories.ts looks up when it runs, in words that esbuild understands: the copy that
 * @azure/functions has.
 */
const resourceFactories: Plugin = {
  name: "resourceFactories",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]blobs[\\/]resourceFactories\.ts$/ }, () => ({
      contents: `export const { ResourceFactoryResolver } = require("@azure/functions-extensions-base");`,
      resolveDir: dirname(createRequire(import.meta.url).resolve("@azure/functions")),
    })),
};

/** Of our sources alone: those of packages may bring maps of their own, which name whatever they were made from. */
const withoutPackages = (map: string): string =>
  JSON.stringify(ownSourceMap(JSON.parse(map) as SourceMap, (source) => /^(\.\.\/)+(functions|shared)\//.test(source)));
