// Tests what up, down and up again leave: the table of infra/README.md against the predictions, and that every name is
// free the second time.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Resource } from "../../infra/bicep.ts";
import { SNAPSHOTS } from "../../infra/snapshot.ts";
import { at, type Case, prediction } from "../support/predictions.ts";

interface World {
  /** The resources that exist, by id. */
  readonly there: ReadonlyMap<string, Resource>;
  /** Deleted vaults whose names Azure keeps. */
  readonly keptNames: ReadonlySet<string>;
  /** The number of identities so far: each has another principal. */
  readonly identities: number;
}
type Command = (world: World) => World;

const ASSIGNMENT = "Microsoft.Authorization/roleAssignments";
const IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities";
const VAULT = "Microsoft.KeyVault/vaults";
/**
 * The layer app for the first and for the second identity: the names of its role assignments depend on the principal.
 */
const APPS = ["small.main", "small.again.main"] as const;
const GROUPS = ["rg-small-backups", "rg-small"] as const;
const isIn = (group: string, { id }: Resource): boolean => `${id}/`.includes(`/resourceGroups/${group}/`);
const principalOf = (one: Resource | undefined): unknown => at(one, "properties.principalId");

/** Deploys a layer, and fails where Azure would refuse. */
const provision =
  (layer: "backups" | "app" | "subscriptions"): Command =>
  (world) => {
    const name = layer === "app" ? (APPS[world.identities - 1] ?? "") : `small.${layer}`;
    const { resources } = prediction(name);
    for (const one of resources) {
      const before = world.there.get(one.id);
      if (one.type === ASSIGNMENT && before)
        assert.equal(principalOf(before), principalOf(one), `RoleAssignmentUpdateNotPermitted: ${one.id}`);
      assert.ok(!world.keptNames.has(one.id), `VaultAlreadyExists, deleted but not purged: ${one.id}`);
    }
    const made = resources.filter(({ id, type }) => type === IDENTITY && !world.there.has(id));
    return {
      ...world,
      there: new Map([...world.there, ...resources.map((one) => [one.id, one] as const)]),
      identities: world.identities + made.length,
    };
  };
const without =
  (isGone: (one: Resource, world: World) => boolean, { purge = false } = {}): Command =>
  (world) => {
    const gone = [...world.there.values()].filter((one) => isGone(one, world));
    const vaults = gone.filter(({ type }) => type === VAULT).map(({ id }) => id);
    return {
      ...world,
      there: new Map([...world.there].filter(([, one]) => !gone.includes(one))),
      keptNames: purge ? world.keptNames : new Set([...world.keptNames, ...vaults]),
    };
  };

/** Whether infra/cleanUp.mjs deletes it with --delete; cleanUp.test.ts tests that it does. */
const isCleaned = (one: Resource, { identities }: World): boolean =>
  principalOf(one) === identityOf(APPS[identities - 1] ?? "") || one.type === "Microsoft.Authorization/roleDefinitions";

const UP: readonly [string, Command][] = [
  ["`azd provision backups`", provision("backups")],
  ["`azd provision app`", provision("app")],
  ["`azd deploy --all`", (world) => world],
  ["`azd provision subscriptions --no-state`", provision("subscriptions")],
];
const up: Command = (world) => UP.reduce((now, [, change]) => change(now), world);
const downApp = without((one) => isIn("rg-small", one));
const COMMANDS: readonly [string, Command][] = [
  ...UP,
  ["`azd down app`", downApp],
  ["`azd up`", up],
  ["`azd down app`", downApp],
  ["`node infra/cleanUp.mjs --delete`", without(isCleaned)],
  ["the lock removed, `azd down backups --purge`", without((one) => isIn("rg-small-backups", one), { purge: true })],
  ["`azd up`", up],
];

/** The world after the first `commands` commands. */
const after = (commands: number): World =>
  COMMANDS.slice(0, commands).reduce<World>((world, [, change]) => change(world), {
    there: new Map(),
    keptNames: new Set(),
    identities: 0,
  });
const idsAfter = (commands: number): string[] => [...after(commands).there.keys()].toSorted();

/** What a parameter file assigns, by parameter. */
const parametersOf = (name: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...readFileSync(join(SNAPSHOTS, `${name}.bicepparam`), "utf8").matchAll(/^param (\w+) = '(.*)'$/gm)].map(
      ([, parameter = "", value = ""]) => [parameter, value],
    ),
  );
const identityOf = (app: string): string | undefined => parametersOf(app)["identityPrincipalId"];

test("each layer of the case gets what the ones before it put out, by the variables that azd hands on", () => {
  const outputs: Record<string, unknown> = Object.fromEntries(
    ["small.backups", "small.main"].flatMap((name) => Object.entries(JSON.parse(prediction(name).text).outputs)),
  );
  let compared = 0;
  for (const [name, layer] of [
    ["small.main", "main"],
    ["small.again.main", "main"],
    ["small.subscriptions", "subscriptions"],
  ] as const) {
    const given = parametersOf(name);
    const read = readFileSync(`infra/${layer}.bicepparam`, "utf8").matchAll(
      /^param (\w+) = readEnvironmentVariable\('(\w+)'/gm,
    );
    for (const [, parameter = "", variable = ""] of read) {
      const output = outputs[variable];
      // Principals and client ids are known to Azure alone.
      if (output === undefined || String(output).startsWith("[")) continue;
      assert.equal(given[parameter] ?? "", output, `${name}: ${parameter}`);
      compared++;
    }
  }
  assert.equal(compared, 15, "account, subnet, identity, vault and topic twice; token, topics, app and its account");
});

test("the second identity is another than the first, and so are the names of all its roles", () => {
  const [first, second] = APPS.map((app) => prediction(app));
  assert.notEqual(identityOf(APPS[0]), identityOf(APPS[1]));
  const namesOf = (one: Case | undefined, app: string) =>
    (one?.resources ?? []).filter((role) => principalOf(role) === identityOf(app)).map(({ id }) => id);
  const names = namesOf(first, APPS[0]);
  assert.equal(names.length, 13);
  assert.deepEqual(
    namesOf(second, APPS[1]).filter((id) => names.includes(id)),
    [],
  );
});

test("infra/README.md says how much each command leaves, and where", () => {
  const lines = COMMANDS.map(([command], index) => {
    const resources = [...after(index + 1).there.values()];
    const counts = GROUPS.map((group) => resources.filter((one) => isIn(group, one)).length);
    const elsewhere = resources.length - counts.reduce((sum, count) => sum + count, 0);
    return `| ${index + 1} | ${command} | ${[...counts, elsewhere].join(" | ")} |`;
  });
  const text = readFileSync("infra/README.md", "utf8");
  for (const line of lines) assert.ok(text.includes(line), `infra/README.md should have:\n${lines.join("\n")}`);
});

test("the second up is refused nothing, and makes just what the first made", () => {
  assert.deepEqual(idsAfter(6), idsAfter(4));
  assert.equal(after(6).identities, 1, "as the same principal");
});

test("after everything was taken down nothing is left, no name is kept, and the next up is refused nothing", () => {
  assert.deepEqual(idsAfter(9), []);
  assert.deepEqual([...after(9).keptNames], []);
  assert.equal(after(10).identities, 2, "as another principal");
  assert.equal(idsAfter(10).length, idsAfter(4).length);
});

test("what stays of the app after it was taken down is its roles, and subscriptions that the next up renews", () => {
  const ofBackups = new Set(prediction("small.backups").resources.map(({ id }) => id));
  const stays = [...after(5).there.values()].filter(({ id }) => !ofBackups.has(id)).map(({ type }) => type);
  assert.deepEqual([...new Set(stays)].toSorted(), [
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/roleDefinitions",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions",
  ]);
});

test("the commands in another order are refused as Azure would: a vault that is only deleted keeps its name, a role its principal", () => {
  const there = after(4);
  const deleted = without((one) => isIn("rg-small-backups", one))(there);
  assert.throws(() => provision("backups")(deleted), /VaultAlreadyExists/);
  const [role] = [...there.there.values()].filter((one) => principalOf(one) === identityOf(APPS[0]));
  assert.ok(role);
  const another = { ...role, properties: { ...role.properties, principalId: "another" } };
  const world = { ...there, there: new Map([...there.there, [role.id, another] as const]) };
  assert.throws(() => provision("app")(world), /RoleAssignmentUpdateNotPermitted/);
});
