// Runs the preflight checks on facts that are all read now, in parallel.

import type { SeenSource } from "../../assessed/sourceChecks.ts";
import { vmKeyOf } from "../../migration/ids.ts";
import type { Check, Migration, MigrationSource, StartRequest } from "../../migration/migration.ts";
import type { BackupFile, Sighting } from "../../migration/observed.ts";
import { majorOf } from "../../migration/sqlServerRelease.ts";
import type { Services } from "../../ports.ts";
import { type PreflightFacts, preflight } from "../../preflight/preflight.ts";
import { assessFolder } from "../files/assessFolder.ts";
import { noteArchived } from "../files/catalogueBlob.ts";
import { loadQueue } from "../queue/loadQueue.ts";
import { sourceChecks } from "../source/assessedSource.ts";
import { rivalFor } from "./claimTarget.ts";
import { targetSizeChecks } from "./targetSizeChecks.ts";

type WithTarget = Migration & Required<Pick<Migration, "target">>;

export const hasTarget = (migration: Migration): migration is WithTarget => migration.target !== undefined;

export interface RunChecks {
  /** All checks, with the settings' overrides. */
  readonly checks: readonly Check[];
  /** What published assessments say of the source, as judged by P28. */
  readonly seen: SeenSource;
  /** Azure was throttling or did not answer: another try may get further. */
  readonly isPassing: boolean;
}

export async function runChecks(
  services: Services,
  migration: WithTarget,
  start: StartRequest | undefined,
): Promise<RunChecks> {
  const { config, engine, migrationServices, backupAccount } = services;
  const { target, source, mode, operationId } = migration;
  const service = migrationServices.configuredName;
  const [targetVm, registration, seen, found, running, account, key, { queue }, seenFolder, rival] = await Promise.all([
    observeVm(services, target.sqlVmResourceId),
    migrationServices.registration(target.sqlVmResourceId.split("/")[2] ?? ""),
    engine.observe(target),
    migrationServices.find(service),
    migrationServices.migrations(service),
    backupAccount.observe(),
    backupAccount.mayReadKey(),
    loadQueue(services, vmKeyOf(target.sqlVmResourceId)),
    assessFolder(services, migration),
    rivalFor(services, migration.migrationId, target),
  ]);
  const archived = await archivedFiles(services, source);
  const isArchivedNews = archived.length > 0 && (await noteArchived(services, seenFolder.report, archived)) > 0;
  const folder = isArchivedNews ? await assessFolder(services, migration) : seenFolder;
  const { report, entries } = folder;
  const [ofSource, ofSize] = await Promise.all([
    sourceChecks(services, migration, folder),
    targetSizeChecks(services, migration, folder),
  ]);
  const versionMajor = majorOf(config.target.sqlVersion);
  const facts: PreflightFacts = {
    mode,
    source,
    target,
    ...(operationId !== undefined && { operationId }),
    ...(rival !== undefined && { rival }),
    registration,
    ...targetVm,
    ...(versionMajor !== undefined && { versionMajor }),
    service: found,
    seen,
    queue,
    limits: config.vm,
    running,
    report,
    records: entries.map(({ record }) => record),
    passedOver: start?.run === migration.run ? (start.forced?.passedOver ?? []) : [],
    requireChecksum: config.preflight.requireChecksum,
    account,
    blobAuth: config.dms.blobAuth,
    key,
  };
  const unread = [registration, found, running, account, key, targetVm.vmSubnets].filter(isUnreadable);
  return {
    checks: preflight(facts, config.preflight.overrides, [...ofSource.checks, ...ofSize]),
    seen: ofSource.seen,
    isPassing:
      targetVm.vm.isPassing === true ||
      unread.some(({ failure }) => failure.kind === "wait") ||
      (seen.kind === "unavailable" && seen.failure.kind === "wait"),
  };
}

const isUnreadable = (seen: Sighting<unknown>): seen is Extract<Sighting<never>, { kind: "unreadable" }> =>
  seen.kind === "unreadable";

/**
 * Moving a blob to the archive tier sends no event, and DMS reports it as a firewall's refusal: so the container is
 * listed.
 */
async function archivedFiles({ files }: Services, { folder, fileShare }: MigrationSource): Promise<BackupFile[]> {
  const archived: BackupFile[] = [];
  if (fileShare) return archived; // DMS alone sees the share
  for await (const file of files.list(folder === "" ? "" : `${folder}/`)) if (file.isArchived) archived.push(file);
  return archived;
}

/** The VM, and its subnets. */
async function observeVm({ vm }: Services, sqlVmResourceId: string): Promise<Pick<PreflightFacts, "vm" | "vmSubnets">> {
  const seen = await vm.observe(sqlVmResourceId);
  const absent: Sighting<never> = { kind: "absent" };
  const { virtualMachineResourceId: id } = seen;
  return { vm: seen, vmSubnets: id === undefined ? absent : await vm.subnets(id) };
}
