// Reads the golden predictions of infra/snapshots, without the compiler; compiler.test.ts checks that they are up to
// date.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Prediction, Resource } from "../../infra/bicep.ts";
import { cases, SNAPSHOTS } from "../../infra/snapshot.ts";

export interface Case {
  /** "small.main" */
  readonly name: string;
  readonly resources: readonly Resource[];
  /** The file's text. */
  readonly text: string;
}

/** Of one layer (backups, main, subscriptions), or of all. */
export const predictions = (layer?: string): Case[] =>
  cases()
    .filter((name) => layer === undefined || name.endsWith(`.${layer}`))
    .map(prediction);

/** Throws when there is no such case. */
export function prediction(name: string): Case {
  const text = readFileSync(join(SNAPSHOTS, `${name}.snapshot.json`), "utf8");
  return { name, text, resources: (JSON.parse(text) as Prediction).predictedResources };
}

export const ofType = ({ resources }: Case, type: string): Resource[] =>
  resources.filter((resource) => resource.type === type);

/** A member of a resource, by its path: "properties.networkAcls.defaultAction". */
export const at = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((one, name) => (one as Record<string, unknown> | undefined)?.[name], value);

/** The app settings of a case, as the template writes them. */
export function appSettings(of: Case): Record<string, string> {
  const [settings] = of.resources.filter(({ name }) => name.endsWith("/appsettings"));
  return settings?.properties as Record<string, string>;
}
