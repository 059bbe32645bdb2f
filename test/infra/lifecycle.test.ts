// Up, down, up: what does each command leave? The table of infra/README.md against the predictions, and that the second time finds every name free.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Resource } from "../../infra/bicep.ts";
import { at, prediction } from "../support/predictions.ts";

type World = ReadonlyMap<string, Resource>;

const IDENTITY = "00000000-0000-0000-0000-00000000001d"; // of small.main
const GROUPS = ["rg-small-backups", "rg-small"] as const;
const isIn = (group: string, { id }: Resource): boolean => `${id}/`.includes(`/resourceGroups/${group}/`);

const provision =
  (name: string) =>
  (world: World): World =>
    new Map([...world, ...prediction(name).resources.map((one) => [one.id, one] as const)]);
const without =
  (isGone: (one: Resource) => boolean) =>
  (world: World): World =>
    new Map([...world].filter(([, one]) => !isGone(one)));

/** What infra/cleanUp.mjs deletes with --delete; its own test says that it does. */
const isCleaned = (one: Resource): boolean =>
  at(one, "properties.principalId") === IDENTITY || one.type === "Microsoft.Authorization/roleDefinitions";

const UP: readonly [string, (world: World) => World][] = [
  ["`azd provision backups`", provision("small.backups")],
  ["`azd provision app`", provision("small.main")],
  ["`azd deploy --all`", (world) => world],
  ["`azd provision subscriptions --no-state`", provision("small.subscriptions")],
];
const COMMANDS: readonly [string, (world: World) => World][] = [
  ...UP,
  ["`azd down app`", without((one) => isIn("rg-small", one))],
  ["`azd up`", (world) => UP.reduce((now, [, change]) => change(now), world)],
  ["`azd down app`", without((one) => isIn("rg-small", one))],
  ["`node infra/cleanUp.mjs --delete`", without(isCleaned)],
  ["the lock removed, `azd down backups --purge`", without((one) => isIn("rg-small-backups", one))],
  ["`azd up`", (world) => UP.reduce((now, [, change]) => change(now), world)],
];

/** The world after each command, in order. */
const worlds: World[] = [];
for (const [, change] of COMMANDS) worlds.push(change(worlds.at(-1) ?? new Map()));

test("infra/README.md says how much each command leaves, and where", () => {
  const lines = COMMANDS.map(([command], index) => {
    const resources = [...(worlds[index] ?? new Map()).values()] as Resource[];
    const counts = GROUPS.map((group) => resources.filter((one) => isIn(group, one)).length);
    const elsewhere = resources.length - counts.reduce((sum, count) => sum + count, 0);
    return `| ${index + 1} | ${command} | ${[...counts, elsewhere].join(" | ")} |`;
  });
  const text = readFileSync("infra/README.md", "utf8");
  for (const line of lines) assert.ok(text.includes(line), `infra/README.md should have:\n${lines.join("\n")}`);
});

test("the second up makes just what the first made, and after everything is taken down nothing is left", () => {
  const [first, again, nothing, afresh] = [worlds[3], worlds[5], worlds[8], worlds[9]];
  assert.deepEqual([...(again?.keys() ?? [])].toSorted(), [...(first?.keys() ?? [])].toSorted());
  assert.deepEqual([...(nothing?.keys() ?? ["?"])], []);
  assert.deepEqual([...(afresh?.keys() ?? [])].toSorted(), [...(first?.keys() ?? [])].toSorted());
});

test("what stays of the app after it was taken down is its roles, and subscriptions that the next up renews", () => {
  const ofBackups = new Set(prediction("small.backups").resources.map(({ id }) => id));
  const stays = [...(worlds[4]?.values() ?? [])].filter(({ id }) => !ofBackups.has(id)).map(({ type }) => type);
  assert.deepEqual([...new Set(stays)].toSorted(), [
    "Microsoft.Authorization/roleAssignments",
    "Microsoft.Authorization/roleDefinitions",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions",
  ]);
});
