// Tests that every source opens with a sentence that says what it does, and that no comment passes 120 columns.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";

/** Nobody writes comments in these: dotnet makes them from Program.cs. */
const GENERATED = ["test/tsql/bin/**", "test/tsql/obj/**"];
/** Words that end in s and are no verbs in the third person. */
const NO_VERBS = /^(As|Has|Is|Its|This|Thus|Was|Whose)$/;

const SOURCES = globSync("{functions,shared,ferry,local,infra,test}/**/*.{ts,js,mjs,css,bicep,cs}", {
  exclude: GENERATED,
})
  .sort()
  .map((path) => ({ path, lines: readFileSync(path, "utf8").split("\n") }));

/** What is wrong with the first sentence of a file; undefined: nothing. */
function faultOfOpening(lines: readonly string[]): string | undefined {
  const opening = openingOf(lines);
  if (opening === "") return "has no comment at the top";
  const [sentence] = /^.*?[.?](?=\s|$)/.exec(opening) ?? [];
  if (sentence === undefined) return "opens without a full stop";
  if (sentence.endsWith("?")) return "opens with a question";
  const [, routes, first = ""] = /^((?:(?: and )?(?:GET|POST|PUT|PATCH|DELETE) \/\S*)+: )?(\w*)/.exec(sentence) ?? [];
  if (routes === undefined && !/^[A-Z]/.test(first)) return "opens without a capital";
  if (!/[a-z]s$/.test(first) || NO_VERBS.test(first)) return `opens with "${first}", which is no verb in -s`;
  return undefined;
}

/** The first paragraph of a file's first comment, as one line. */
function openingOf(lines: readonly string[]): string {
  const [first = "", ...rest] = lines[0]?.startsWith("#!") ? lines.slice(1) : lines;
  const isBlock = first.startsWith("/*");
  const paragraph: string[] = [];
  for (const line of [first, ...rest]) {
    if (!isBlock && !line.startsWith("//")) break;
    const text = line.replaceAll(/^\s*(\/\/+|\/?\*+(?!\/))|\*\/\s*$/g, "").trim();
    if (text === "") break;
    paragraph.push(text);
    if (isBlock && line.includes("*/")) break;
  }
  return paragraph.join(" ");
}

/** Numbers of the lines beyond 120 columns that are comments or end with one. */
function longComments(lines: readonly string[]): number[] {
  const long: number[] = [];
  let isInBlock = false;
  for (const [at, line] of lines.entries()) {
    const isBlock = isInBlock || /^\s*\/\*/.test(line);
    // Two slashes in a text are no comment.
    const code = line.replaceAll(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'|`(\\.|[^`\\])*`/g, '""');
    // A suppression counts on its own line alone, and cannot be wrapped.
    const isComment = (isBlock || /(^|\s)(\/\/|\/\*)/.test(code)) && !/\bbiome-ignore\b/.test(line);
    if (isComment && line.length > 120) long.push(at + 1);
    if (isBlock) isInBlock = !line.includes("*/");
  }
  return long;
}

test("every source opens with a sentence that begins with a verb", () => {
  assert.ok(SOURCES.length > 500, `${SOURCES.length} sources`);
  const faults = SOURCES.flatMap(({ path, lines }) => {
    const fault = faultOfOpening(lines);
    return fault === undefined ? [] : [`${path}:1 ${fault}`];
  });
  assert.ok(faults.length === 0, faults.join("\n"));
});

test("no comment passes 120 columns", () => {
  const long = SOURCES.flatMap(({ path, lines }) => longComments(lines).map((line) => `${path}:${line}`));
  assert.ok(long.length === 0, long.join("\n"));
});

test("both checks find what they look for", () => {
  const of = (text: string) => faultOfOpening(text.split("\n"));
  for (const good of [
    "// Reads the header of a backup,\n// which may be damaged.\nimport x;",
    "#!/usr/bin/env node\n// Reads.",
    "/* Lays out the page. It is plain. */\nmain {",
    "// GET /migrations/{id}: answers one migration.\n//\n// No more",
    "// GET / and GET /assets/{file}: serves the page.",
  ])
    assert.equal(of(good), undefined, good);
  assert.match(of("import x;") ?? "", /no comment/);
  assert.match(of("// Reads which files? All.") ?? "", /question/);
  assert.match(of("// Reads the header\nimport x.") ?? "", /full stop/);
  assert.match(of("// reads the header.") ?? "", /capital/);
  assert.match(of("// The reader of headers.") ?? "", /"The"/);
  assert.match(of("// This reads headers.") ?? "", /"This"/);
  const long = "x ".repeat(60);
  assert.deepEqual(longComments([`// ${long}`, `a(); // ${long}`, "/**", ` * ${long}`, " */", "a();"]), [1, 2, 4]);
  assert.deepEqual(longComments([`a("// ${long}");`, `// biome-ignore lint: ${long}`, `a(${long});`]), []);
});
