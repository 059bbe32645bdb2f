// Computes what would become of headers, or of a folder's catalogued files, in a migration: the rules of ferry plan.
// Writes nothing.
import type { PlanBody } from "../../api/bodies.ts";
import { askedOf, type KnownTimes, type NotTaken, timesOf, timesOfRecords } from "../../dryRun/asked.ts";
import { type DryRun, dryRunOf, dryRunOfRecords, dryRunShape } from "../../dryRun/dryRun.ts";
import { UnusableHeaderError } from "../../dryRun/exportCells.ts";
import { currentGenerations } from "../../dryRun/fileGenerations.ts";
import { type KnownFile, knownFiles } from "../../dryRun/headerRows.ts";
import { migrationIdOf } from "../../migration/ids.ts";
import type { Refusal } from "../../migration/refusals.ts";
import type { Services } from "../../ports.ts";
import { recordsOf } from "./assessFolder.ts";

/** The JSON of `ferry plan --json`; refused when none of the headers can be used, or the folder is not known. */
export async function planDryRun(
  services: Services,
  body: PlanBody,
): Promise<ReturnType<typeof dryRunShape> | Refusal> {
  const run = body.headers ? ofHeaders(body.headers, body) : await ofFolder(services, body.folder ?? "", body);
  return "problem" in run ? run : dryRunShape(run);
}

function ofHeaders(rows: readonly unknown[], body: PlanBody): DryRun | Refusal {
  const files = readOrRefused(rows);
  if ("problem" in files) return files;
  const asked = askedOf(body, timesOf(files));
  return "why" in asked ? notTaken(asked) : dryRunOf(files, asked);
}

function readOrRefused(rows: readonly unknown[]): readonly KnownFile[] | Refusal {
  try {
    return currentGenerations(knownFiles(rows));
  } catch (error) {
    if (error instanceof UnusableHeaderError) return { problem: "headers-unusable", detail: error.message };
    throw error;
  }
}

async function ofFolder(services: Services, folder: string, body: PlanBody): Promise<DryRun | Refusal> {
  const { files, config, catalogue } = services;
  const { container = files.container } = body;
  if (container !== files.container) {
    const message = `must be "${files.container}", the container that this sqlferry watches, or left out`;
    return { problem: "validation", detail: `/container: ${message}`, errors: [{ pointer: "/container", message }] };
  }
  const entries = await catalogue.list(migrationIdOf(config.backups.accountName, container, folder));
  if (entries.length === 0)
    return { problem: "not-found", detail: `No file of the folder "${folder}" in "${container}" is known.` };
  const records = recordsOf(entries);
  const times: KnownTimes = timesOfRecords(records);
  const asked = askedOf(body, times);
  return "why" in asked ? notTaken(asked) : dryRunOfRecords(records, folder, asked);
}

const notTaken = ({ word, why, isOfTheHeaders }: NotTaken): Refusal =>
  isOfTheHeaders
    ? { problem: "headers-unusable", detail: `/${word}: ${why}.` }
    : { problem: "validation", detail: `/${word}: ${why}.`, errors: [{ pointer: `/${word}`, message: why }] };
