// Tests that a source map that is reduced to our own sources maps them as before, and nothing else.
import assert from "node:assert/strict";
import { SourceMap as ReadByNode } from "node:module";
import { test } from "node:test";
import { build } from "esbuild";
import { ownSourceMap, type SourceMap } from "../../infra/ownSourceMap.ts";

/**
 * Our sources between those of others, by name; long enough for numbers of several digits, and with names that a
 * minifier changes.
 */
const FILES: Readonly<Record<string, string>> = {
  "theirs/one": `export function lengthOf(text) { return [...text].length; }\n`,
  "ours/one": `import { lengthOf } from "theirs/one";
    ${"\n".repeat(3_000)}
    export const twice = (text) => lengthOf(text) * 2;`,
  "theirs/two": `export const names = ${JSON.stringify(Array.from({ length: 500 }, (_, n) => `name ${n}`))};`,
  "ours/two": `import { twice } from "ours/one";
    import { names } from "theirs/two";
    console.log(names.map(twice), names.reduce((total, name) => total + twice(name), 0));`,
};

async function bundled(): Promise<{ readonly code: string; readonly map: SourceMap }> {
  const { outputFiles } = await build({
    entryPoints: ["ours/two"],
    bundle: true,
    minify: true,
    lineLimit: 80,
    sourcemap: "external",
    outdir: "made",
    write: false,
    plugins: [
      {
        name: "files",
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: /./ }, ({ path }) => ({ path, namespace: "files" }));
          onLoad({ filter: /./, namespace: "files" }, ({ path }) => ({ contents: FILES[path] ?? "", loader: "js" }));
        },
      },
    ],
  });
  const [map, code] = outputFiles.toSorted((a, b) => (a.path < b.path ? 1 : -1));
  return { code: code?.text ?? "", map: JSON.parse(map?.text ?? "") };
}

/** What Node finds for a place in the generated code. */
function reader(map: SourceMap) {
  const read = new ReadByNode(map as never);
  return (line: number, column: number) => {
    const found = read.findEntry(line, column);
    if (!("originalSource" in found) || found.originalSource === undefined) return undefined;
    const { originalSource, originalLine, originalColumn, name } = found as typeof found & { readonly name?: string };
    return { originalSource, originalLine, originalColumn, name };
  };
}

test("every place of ours keeps its source, line, column and name, and every other loses them", async () => {
  const { code, map } = await bundled();
  const own = ownSourceMap(map, (source) => source.includes("ours/"));
  assert.deepEqual(own.sources, ["files:ours/one", "files:ours/two"]);
  const [before, after] = [reader(map), reader(own)];
  const seen = { ours: 0, theirs: 0 };
  for (const [line, text] of code.split("\n").entries())
    for (let column = 0; column < text.length; column++) {
      const was = before(line, column);
      const isOurs = was?.originalSource.includes("ours/") ?? false;
      assert.deepEqual(after(line, column), isOurs ? was : undefined, `${line}:${column}`);
      seen[isOurs ? "ours" : "theirs"]++;
    }
  assert.ok(seen.ours > 50 && seen.theirs > 5_000, JSON.stringify(seen));
});

test("a map that is none is refused", () => {
  const map = { version: 3, sources: ["ours/one"], names: [], mappings: "A?AA" };
  assert.throws(() => ownSourceMap(map, () => true), /"\?" is no digit/);
});
