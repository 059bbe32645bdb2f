// Names migrations, runs, requests and VMs: stable, safe in URLs and table keys, known before anybody registers
// anything.
import { createHash } from "node:crypto";
import { canonicalJson } from "./canonicalJson.ts";
import type { Migration, MigrationRequest } from "./migration.ts";

const hex = (text: string, digits: number): string => createHash("sha256").update(text).digest("hex").slice(0, digits);

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 40) || "root";

/**
 * Slug of the folder (at most 40 characters; "root" for "") + 8 hex digits over account, container and folder:
 * "sales-1a2b3c4d".
 */
export const migrationIdOf = (accountName: string, container: string, folder: string): string =>
  `${slug(folder)}-${hex(`${accountName}/${container}/${folder}`, 8)}`;

/** The orchestration of a run. Deterministic, so that a repeated start cannot make two. */
export const runInstanceId = (migrationId: string, run: number): string => `mig-${migrationId}-run-${run}`;

/**
 * The id behind GET /operations/{id}: "sales-1a2b3c4d-run-1-cutover-2", the second cutover asked for in run 1.
 * `earlier`: the one before, in this run.
 */
export const nextRequestId = (
  { migrationId, run }: Pick<Migration, "migrationId" | "run">,
  kind: MigrationRequest["kind"],
  earlier: Pick<MigrationRequest, "requestId"> | undefined,
): string => `${migrationId}-run-${run}-${kind}-${(parseRequestId(earlier?.requestId ?? "")?.ordinal ?? 0) + 1}`;

/** Back into its parts; undefined for anything else. */
export function parseRequestId(
  id: string,
): { migrationId: string; run: number; kind: MigrationRequest["kind"]; ordinal: number } | undefined {
  const [, migrationId, run, kind, ordinal] =
    /^([a-z0-9-]{1,64})-run-(\d{1,6})-(start|cutover|cancel)-(\d{1,6})$/.exec(id) ?? [];
  if (migrationId === undefined) return undefined;
  return { migrationId, run: Number(run), kind: kind as MigrationRequest["kind"], ordinal: Number(ordinal) };
}

/**
 * Name of the VM + 8 hex digits of its whole resource id: a table key holds no "/". ARM ids are compared without case.
 */
export const vmKeyOf = (resourceId: string): string =>
  `${slug(resourceId.split("/").at(-1) ?? "")}-${hex(resourceId.toLowerCase(), 8)}`;

/**
 * Of what a registration says, in 16 hex digits: whoever changes it may name the one that they have seen. What a run
 * makes of it, and the
 * state, are not in it.
 */
export const registrationVersionOf = ({ mode, start, priority, wave, source, target }: Migration): string =>
  hex(canonicalJson({ mode, start, priority, wave, source, target }), 16);
