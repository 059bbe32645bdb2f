// Tests that azure.yaml and the documents match what exists: layers, variables, outputs, verbs and links.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const azureYaml = readFileSync("azure.yaml", "utf8");
const read = (file: string): { file: string; text: string } => ({ file, text: readFileSync(file, "utf8") });
const documents = ["infra/README.md", "docs/operations.md", "docs/migrate.md"].map(read);
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = ""]) => found);

const variables = globSync("infra/*.bicepparam").flatMap((file) =>
  matches(read(file).text, /readEnvironmentVariable\('(\w+)'/g),
);
const outputs = globSync("infra/*.bicep").flatMap((file) => matches(read(file).text, /^output (\w+) /gm));

test("azd provisions the layers one by one, and the subscriptions only after the code", () => {
  const layers = [...azureYaml.matchAll(/- name: (\w+)\n\s+path: infra\n\s+module: (\w+)/g)];
  assert.deepEqual(
    layers.map(([, name]) => name),
    ["backups", "app", "subscriptions"],
  );
  for (const [, , module] of layers)
    for (const file of [`infra/${module}.bicep`, `infra/${module}.bicepparam`]) assert.ok(existsSync(file), file);
  assert.deepEqual(matches(azureYaml, /- azd: (.+)/g), [
    "provision backups",
    "provision app",
    "deploy --all",
    "provision subscriptions --no-state",
  ]);
});

test("azd registers the sign-in after each of the first two layers, packs before it deploys, and knows which layer needs which", () => {
  const [layers = "", services = ""] = [/\ninfra:\n([\s\S]*?)\n\w/, /\nservices:\n([\s\S]*)/].map(
    (pattern) => pattern.exec(azureYaml)?.[1],
  );
  const blocks = layers.split(/^ {4}- (?=name: )/m).slice(1);
  const hooksOf = (block: string) => ({
    events: matches(block, /^ +(\w+):\n +posix:/gm),
    runs: matches(block, /(?:posix|windows): \{ shell: (?:sh|pwsh), run: (.+) \}/g),
  });
  assert.deepEqual(
    blocks.map((block) => [...matches(block, /dependsOn: \[(\w+)\]/g), hooksOf(block)]),
    [
      [{ events: ["postprovision"], runs: Array(2).fill("node registerSignIn.mjs") }],
      ["backups", { events: ["postprovision"], runs: Array(2).fill("node registerSignIn.mjs") }],
      ["app", { events: [], runs: [] }],
    ],
  );
  assert.ok(existsSync("infra/registerSignIn.mjs"), "a layer's hook runs below the layer's path");
  assert.deepEqual(hooksOf(services), { events: ["prepackage"], runs: Array(2).fill("node infra/package.mjs") });
  assert.match(services, /project: \.\n/);
  assert.ok(existsSync("infra/package.mjs"), "a service's hook runs below the project");
});

test("azd deploys the folder that package.mjs builds, as it is", () => {
  const [folder = ""] = matches(azureYaml, /dist: (\S+)/g);
  assert.ok(read("infra/package.mjs").text.includes(`"${folder}"`));
  assert.ok(read(".gitignore").text.split("\n").includes(`${folder}/`));
  assert.match(azureYaml, /remoteBuild: false/);
  assert.doesNotMatch(read(".funcignore").text, /^\/?node_modules/m, "azd would refuse remoteBuild: false");
});

test("every layer gets from the ones before it what it reads", () => {
  const needed = ["backups", "main", "subscriptions"].map((layer) =>
    matches(read(`infra/${layer}.bicepparam`).text, /readEnvironmentVariable\('(\w+)'\)/g),
  );
  const byAzd = ["AZURE_ENV_NAME", "AZURE_LOCATION", "ENTRA_CLIENT_ID"];
  let known = byAzd;
  for (const [position, names] of needed.entries()) {
    for (const name of names) assert.ok(known.includes(name), name);
    const file = ["backups", "main", "subscriptions"][position];
    known = [...known, ...matches(read(`infra/${file}.bicep`).text, /^output (\w+) /gm)];
  }
});

for (const { file, text } of documents) {
  test(`${file} sets variables that are read, and asks for outputs that are there`, () => {
    for (const name of matches(text, /azd env set (\w+)/g))
      assert.ok([...variables, "ENTRA_REGISTRATION"].includes(name), name);
    for (const name of matches(text, /azd env get-value (\w+)/g))
      assert.ok([...outputs, "ENTRA_CLIENT_ID"].includes(name), name);
    for (const layer of matches(text, /azd (?:provision|down) (\w+)/g))
      assert.match(azureYaml, new RegExp(`- name: ${layer}\n`));
  });

  test(`${file} names verbs, scripts and files that exist`, () => {
    for (const verb of matches(text, /npx ferry (\w+)/g)) assert.ok(existsSync(`ferry/commands/${verb}.ts`), verb);
    const { scripts } = JSON.parse(read("package.json").text) as { scripts: Record<string, string> };
    for (const script of matches(text, /npm run ([\w:]+)/g)) assert.ok(scripts[script], script);
    const flags = matches(read("test/smoke/smoke.ts").text, /^ {2}(--\w+)/gm);
    for (const line of matches(text, /npm run smoke -- (.*)$/gm))
      for (const flag of matches(line, /(?:^| )(--\w+)/g)) assert.ok(flags.includes(flag), flag);
    for (const link of matches(text, /\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : join(dirname(file), path);
      assert.ok(existsSync(target), link);
      const headings = matches(read(target).text, /^#+ (.+)$/gm).map((heading) =>
        heading
          .toLowerCase()
          .replace(/[^\w\- ]/g, "")
          .replaceAll(" ", "-"),
      );
      if (anchor !== undefined) assert.ok(headings.includes(anchor), link);
    }
  });
}
