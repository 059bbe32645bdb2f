// Tests infra/ with the official Bicep compiler, which BICEP names or the PATH has. Skipped with a message where there
// is none.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Bicep, type Parameter, startBicep } from "../../infra/bicep.ts";
import { cases, SNAPSHOTS } from "../../infra/snapshot.ts";
import { CLOUDS } from "../../shared/azure/clouds.ts";
import { SETTINGS } from "../../shared/settings.ts";
import { BICEP, noBicep } from "../support/bicepCompiler.ts";
import { complaintsIn, parametersOfRefused, REFUSED } from "../support/refusals.ts";

/** The layers, in the order of azure.yaml. */
const LAYERS = ["backups", "main", "subscriptions"];

describe("the Bicep compiler", { skip: noBicep }, () => {
  let bicep: Bicep;
  before(async () => {
    bicep = await startBicep(BICEP);
  });
  after(() => bicep.stop());

  for (const file of globSync("infra/**/*.bicep"))
    it(`builds ${file} without a remark`, async () => {
      const { template, complaints } = await bicep.compile(resolve(file));
      assert.deepEqual(complaints, []);
      assert.ok(template);
    });

  it("lints everything without a warning, under a configuration that lets no rule pass", () => {
    const { analyzers } = JSON.parse(readFileSync("infra/bicepconfig.json", "utf8"));
    const lenient = Object.entries<{ level: string }>(analyzers.core.rules).filter(
      ([, { level }]) => level !== "error",
    );
    // Both rules compare with today's date, or ask a registry: a build must not fail because time passes.
    assert.deepEqual(lenient.map(([rule]) => rule).toSorted(), [
      "use-recent-api-versions",
      "use-recent-module-versions",
    ]);
    const { status, stdout, stderr } = spawnSync(BICEP, ["lint", "--pattern", "infra/**/*.bicep"], {
      encoding: "utf8",
    });
    assert.equal(stdout + stderr, "");
    assert.equal(status, 0);
  });

  for (const one of REFUSED)
    it(`refuses before anything begins: ${one.what}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "sqlferry-inputs-"));
      try {
        const file = join(folder, "case.bicepparam");
        writeFileSync(file, parametersOfRefused(one, folder));
        const message = await bicep.predict(file).then(
          () => assert.fail("nothing was refused"),
          (error: Error) => error.message,
        );
        for (const complaint of one.complaints) assert.match(message, complaint);
        assert.equal(complaintsIn(message).length, one.complaints.length, message);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

  /** Results of functions of inputs.bicep, by name of an output -> a call. */
  const answersOf = async (calls: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> => {
    const folder = mkdtempSync(join(tmpdir(), "sqlferry-calls-"));
    try {
      const names = [...new Set(Object.values(calls).map((call) => call.split("(")[0]))];
      const lines = [
        `import { ${names.join(", ")} } from '${relative(folder, "infra/modules/inputs.bicep")}'`,
        ...Object.entries(calls).map(([name, call]) => `output ${name} string = ${call}`),
      ];
      writeFileSync(join(folder, "calls.bicep"), `${lines.join("\n")}\n`);
      writeFileSync(join(folder, "calls.bicepparam"), "using 'calls.bicep'\n");
      return (await bicep.predict(join(folder, "calls.bicepparam"))).outputs ?? {};
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  // A prediction cannot show what only Azure knows. So the rules are tested here, and the template of the first layer
  // is searched for the call.

  it("refuses every cloud of shared/azure/clouds.ts but those in which everything is known, by its name", async () => {
    const answers = await answersOf(Object.fromEntries(CLOUDS.map(({ name }) => [name, `cloudRefusal('${name}')`])));
    for (const { name, topicsTakeIdentities } of CLOUDS)
      if (topicsTakeIdentities) assert.equal(answers[name], "", name);
      else assert.match(String(answers[name]), new RegExp(`^This is ${name}\\. sqlferry is made for AzureCloud`));
    const { template } = await bicep.compile(resolve("infra/backups.bicep"));
    assert.equal(template?.variables?.["cloud"], "[environment().name]");
    assert.match(JSON.stringify(template), /fail\(__bicep\.cloudRefusal\(variables\('cloud'\)\)\)/);
  });

  it("refuses a taken subnet of another region, and a taken topic of another account or without an identity, before the first layer is done", async () => {
    assert.deepEqual(
      await answersOf({
        here: "networkRefusal('westeurope', 'West Europe')",
        there: "networkRefusal('northeurope', 'West Europe')",
        its: "topicRefusal('/subscriptions/B2/a', '/subscriptions/b2/A')",
        theirs: "topicRefusal('/subscriptions/b2/c', '/subscriptions/b2/a')",
      }),
      {
        here: "",
        there:
          "EXISTING_APP_SUBNET_RESOURCE_ID: its network is in northeurope, not in West Europe, and an app can only be integrated with a subnet of its own region.",
        its: "",
        theirs:
          "EXISTING_SYSTEM_TOPIC_RESOURCE_ID: this topic tells of another account (/subscriptions/b2/c), and no event of /subscriptions/b2/a would come: az eventgrid system-topic list shows each with its source.",
      },
    );
    const { template } = await bicep.compile(resolve("infra/backups.bicep"));
    const output = (name: string) => JSON.stringify(template?.outputs?.[name]);
    assert.match(
      output("APP_SUBNET_RESOURCE_ID"),
      /fail\(if\(variables\('takesNetwork'\), __bicep\.networkRefusal\(reference/,
    );
    assert.match(
      output("SYSTEM_TOPIC_RESOURCE_ID"),
      /fail\(if\(variables\('createsTopic'\), '', __bicep\.topicRefusal\(reference/,
    );
    assert.match(output("SYSTEM_TOPIC_PRINCIPAL_ID"), /'principalId'\), fail\('[^']*this topic has no identity/);
  });

  for (const name of cases())
    it(`predicts ${name} as infra/snapshots says`, async () => {
      const predicted = await bicep.predict(join(SNAPSHOTS, `${name}.bicepparam`));
      const golden = JSON.parse(readFileSync(join(SNAPSHOTS, `${name}.snapshot.json`), "utf8"));
      assert.deepEqual(predicted, golden, "look at the difference; npm run snapshots writes the new one");
    });

  it("finds a description, a default and an allowed range for everything that an operator sets", async () => {
    for (const layer of LAYERS)
      for (const { name, parameter, variable } of await parametersOf(bicep, layer)) {
        const where = `${layer}.bicep: ${name}`;
        assert.ok(parameter.metadata?.description, `${where} has no description`);
        assert.ok(variable, `${where} cannot be set: ${layer}.bicepparam does not read it`);
        assert.equal(isAnswered(name), parameter.defaultValue === undefined, `${where}: a default, or azd's answer`);
        if (parameter.type === "int")
          assert.ok(
            parameter.allowedValues || (parameter.minValue !== undefined && parameter.maxValue !== undefined),
            `${where} has no range`,
          );
        if (parameter.type === "array" && !parameter.items)
          assert.ok(parameter.maxLength, `${where} has no longest length`);
      }
  });

  it("finds the same defaults in the parameter files as in the templates", async () => {
    for (const layer of LAYERS)
      for (const { name, parameter, usual } of await parametersOf(bicep, layer)) {
        if (isAnswered(name) || typeof parameter.defaultValue === "object") continue;
        const isLocation = String(parameter.defaultValue).startsWith("[parameters('location')");
        assert.equal(usual, isLocation ? "location" : String(parameter.defaultValue).replace(/^False$/, "false"), name);
      }
  });

  it("finds for each app setting what shared/settings.ts says of it", async () => {
    for (const { name, parameter, variable } of await parametersOf(bicep, "main")) {
      const setting = SETTINGS.find((one) => one.name === variable);
      if (!setting || isAnswered(name)) continue;
      assert.equal(parameter.metadata?.description, `${setting.meaning}.`, name);
      const range = /a whole number from (\d+) to (\d+)/.exec(setting.expected)?.slice(1).map(Number);
      if (range) assert.deepEqual([parameter.minValue, parameter.maxValue], range, name);
      if (parameter.allowedValues)
        assert.equal(parameter.allowedValues.filter((value) => value !== "").join(" or "), setting.expected, name);
    }
  });

  it("finds them all in infra/README.md", async () => {
    const lines = new Map<string | undefined, string>(); // a variable that two layers read is reported once
    for (const layer of LAYERS)
      for (const { name, parameter, variable } of await parametersOf(bicep, layer))
        if (!isAnswered(name) && !lines.has(variable))
          lines.set(
            variable,
            `| \`${variable}\` | ${usualOf(parameter)} | ${allowedOf(parameter)} | ${parameter.metadata?.description} |`,
          );
    const table = ["| azd variable | Default | Allowed | Meaning |", "|---|---|---|---|", ...lines.values()].join("\n");
    assert.ok(readFileSync("infra/README.md", "utf8").includes(table), `infra/README.md should have:\n\n${table}\n`);
  });
});

/** Variables that azd itself, another layer or registerSignIn.mjs sets. */
const isAnswered = (name: string): boolean =>
  ["environmentName", "location", "entraClientId", "backupsStorageAccountResourceId"].includes(name) ||
  ["functionAppResourceId", "systemTopicResourceId", "topicResourceId", "appStorageResourceId"].includes(name) ||
  ["identityResourceId", "identityPrincipalId", "identityClientId", "systemTopicPrincipalId"].includes(name) ||
  ["keyVaultName", "nameToken"].includes(name);

interface Settable {
  readonly name: string;
  readonly parameter: Parameter & { readonly items?: { readonly $ref?: string } };
  /** Name of the variable in azd's environment. */
  readonly variable: string | undefined;
  /** The default in the .bicepparam file. */
  readonly usual: string | undefined;
}

async function parametersOf(bicep: Bicep, layer: string): Promise<Settable[]> {
  const { template } = await bicep.compile(resolve(`infra/${layer}.bicep`));
  const file = readFileSync(`infra/${layer}.bicepparam`, "utf8");
  return Object.entries(template?.parameters ?? {}).map(([name, parameter]) => {
    const read = "readEnvironmentVariable\\('(\\w+)'";
    const earlier = "(?:readEnvironmentVariable\\('\\w+', )?"; // the name that a variable had before
    const pattern = new RegExp(`^param ${name} = .*?${read}(?:, ${earlier}'?(.*?)'?)?\\)`, "m");
    const [, variable, usual] = pattern.exec(file) ?? [];
    return { name, parameter, variable, usual };
  });
}

function usualOf({ defaultValue }: Parameter): string {
  if (String(defaultValue).startsWith("[parameters('location')")) return "`AZURE_LOCATION`";
  if (defaultValue === "" || typeof defaultValue === "object") return "";
  return `\`${String(defaultValue)}\``;
}

function allowedOf({ type, allowedValues, minValue, maxValue, minLength, maxLength, $ref }: Parameter): string {
  if ($ref) return "`name=value`, list with commas";
  if (allowedValues) return allowedValues.map((value) => (value === "" ? "empty" : `\`${value}\``)).join(", ");
  if (type === "bool") return "`true`, `false`";
  if (type === "int") return `${minValue} to ${maxValue}`;
  if (type === "array") return `list with commas${maxLength === undefined ? "" : `, at most ${maxLength}`}`;
  if (minLength !== undefined)
    return `text of ${minLength}${maxLength === undefined ? " or more" : ` to ${maxLength}`} characters`;
  return "text";
}
