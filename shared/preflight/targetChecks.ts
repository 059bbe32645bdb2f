// Checks whether the target VM, the migration service and the VM's queue are ready.

import type { Check } from "../migration/migration.ts";
import { releaseName, SQL_SERVER_2008, SQL_SERVER_2014 } from "../migration/sqlServerRelease.ts";
import { check, type Finding, unreadable } from "./check.ts";
import type { PreflightFacts } from "./preflight.ts";

export const targetChecks = (facts: PreflightFacts): Check[] => [
  provider(facts),
  sqlVmExists(facts),
  managementMode(facts),
  power(facts),
  provisioningState(facts),
  targetVersion(facts),
  sourceKind(facts),
  migrationService(facts),
  integrationRuntime(facts),
  targetName(facts),
  vmCapacity(facts),
];

/** SoftwareVersionMajor of the target: what its image tells, else what the settings say. */
export const targetMajor = ({
  vm,
  versionMajor,
}: Pick<PreflightFacts, "versionMajor"> & { vm: Pick<PreflightFacts["vm"], "versionMajor"> }): number | undefined =>
  vm.versionMajor ?? versionMajor;

function provider({ registration }: PreflightFacts): Check {
  const state = registration.kind === "seen" ? registration.facts : undefined;
  const finding: Finding =
    registration.kind === "unreadable"
      ? unreadable("The registration of Microsoft.DataMigration", registration.failure)
      : {
          outcome: state === "Registered" ? "pass" : state === "Registering" ? "warn" : "fail",
          observed: state ?? "not found",
          message: `The resource provider Microsoft.DataMigration is ${state ?? "not known"} in the subscription.`,
        };
  return check(
    "P01",
    "providers GET",
    "Register the resource provider Microsoft.DataMigration in the subscription.",
    finding,
  );
}

function sqlVmExists({ vm, target }: PreflightFacts): Check {
  const name = nameOf(target.sqlVmResourceId);
  const finding: Finding =
    vm.exists === true
      ? { outcome: "pass", observed: "found", message: `The SQL virtual machine ${name} exists.` }
      : vm.exists === false
        ? { outcome: "fail", observed: "not found", message: `There is no SQL virtual machine ${name}.` }
        : {
            outcome: "fail",
            observed: "unreadable",
            message: `The SQL virtual machine ${name} could not be read: ${vm.unreadable ?? "no reason given"}.`,
          };
  const remedy = "Register the VM with the SQL IaaS Agent extension, or correct the target id.";
  return check("P02", "sqlVirtualMachines GET", remedy, finding);
}

function managementMode({ vm }: PreflightFacts): Check {
  const mode = vm.sqlManagement;
  return check("P03", "sqlManagement", "Switch the SQL IaaS Agent extension to Full mode.", {
    outcome: mode === "Full" ? "pass" : mode === undefined ? "unknown" : "fail",
    observed: mode ?? "not reported",
    message:
      mode === "Full"
        ? "The SQL IaaS Agent extension is in Full mode."
        : `The SQL IaaS Agent extension's mode is ${mode ?? "not reported"}; DMS needs Full.`,
  });
}

function power({ vm }: PreflightFacts): Check {
  const state = vm.powerState;
  return check("P04", "Compute instanceView", "Start the VM and keep it on until the migration ends.", {
    outcome: state === "running" ? "pass" : state === undefined ? "unknown" : "fail",
    observed: state ?? vm.unreadable ?? "not reported",
    message: `The VM's power state is ${state ?? "not reported"}.`,
  });
}

/** Never a failure: a failed migration leaves this mark on a healthy VM. */
function provisioningState({ vm }: PreflightFacts): Check {
  const state = vm.provisioningState;
  const remedy = "Nothing, if the VM works: a failed earlier migration leaves this mark.";
  return check("P05", "provisioningState", remedy, {
    outcome: state === "Succeeded" ? "pass" : state === undefined ? "unknown" : "warn",
    observed: state ?? "not reported",
    message: `The SQL virtual machine's provisioning state is ${state ?? "not reported"}.`,
  });
}

function targetVersion(facts: PreflightFacts): Check {
  const major = targetMajor(facts);
  const source = facts.vm.versionMajor === undefined ? "TARGET_SQL_VERSION" : "sqlImageOffer";
  const remedy =
    major === undefined
      ? "The VM's image does not tell its SQL Server: set TARGET_SQL_VERSION."
      : "Use SQL Server 2016 or later on the VM (2012 and 2014 with page blobs).";
  return check("P06", source, remedy, {
    outcome: major === undefined ? "unknown" : major > SQL_SERVER_2008 ? "pass" : "fail",
    observed: major === undefined ? "not reported" : releaseName(major),
    message: `The target is ${major === undefined ? "a SQL Server of unknown version" : releaseName(major)}.`,
  });
}

function sourceKind(facts: PreflightFacts): Check {
  const major = targetMajor(facts);
  const isShare = facts.source.fileShare !== undefined;
  const isOld = major !== undefined && major <= SQL_SERVER_2014;
  const from = isShare ? "a file share" : "blobs";
  return check("P07", "source and target version", "Put the backups in a blob container as page blobs.", {
    outcome: isShare && major === undefined ? "unknown" : isShare && isOld ? "fail" : "pass",
    observed: `${from}, ${major === undefined ? "unknown version" : releaseName(major)}`,
    message:
      isShare && isOld
        ? `${releaseName(major)} restores from page blobs only, not from a file share.`
        : `The target can be restored from ${from}.`,
  });
}

function migrationService({ service, vm }: PreflightFacts): Check {
  const source = "sqlMigrationServices GET";
  const remedy = "Create the migration service in the VM's region.";
  if (service.kind === "unreadable")
    return check("P08", source, remedy, unreadable("The migration service", service.failure, "fail"));
  if (service.kind === "absent")
    return check("P08", source, remedy, {
      outcome: "fail",
      observed: "not found",
      message: "The migration service does not exist.",
    });
  const { name, location, provisioningState: state } = service.facts;
  const observed = `${state ?? "state not reported"} in ${location ?? "a region not reported"}`;
  if (state !== "Succeeded")
    return check("P08", source, "Wait until the migration service is created, or create it anew.", {
      outcome: "fail",
      observed,
      message: `The migration service ${name} is ${state ?? "in an unknown state"}.`,
    });
  if (vm.location === undefined)
    return check("P08", source, remedy, {
      outcome: "unknown",
      observed,
      message: `The migration service ${name} is there; the VM's region is not known.`,
    });
  const isNear = regionOf(location) === regionOf(vm.location);
  return check("P08", source, remedy, {
    outcome: isNear ? "pass" : "fail",
    observed,
    message: `The migration service ${name} is in ${location}, the VM in ${vm.location}.`,
  });
}

const regionOf = (location: string | undefined): string => (location ?? "").toLowerCase().replaceAll(" ", "");

function integrationRuntime({ service, source: { fileShare } }: PreflightFacts): Check {
  const source = "integrationRuntimeState";
  const remedy = "Install and register the integration runtime (ferry service keys); check its host.";
  if (fileShare === undefined)
    return check("P09", source, remedy, {
      outcome: "skip",
      observed: "blobs",
      message: "A blob container needs no integration runtime.",
    });
  if (service.kind !== "seen")
    return check("P09", source, remedy, {
      outcome: "unknown",
      observed: "not reported",
      message: "Without the migration service nothing is known of its runtime.",
    });
  const state = service.facts.integrationRuntimeState ?? "";
  return check("P09", source, remedy, {
    outcome: state === "Online" ? "pass" : state === "" ? "unknown" : "fail",
    observed: state || "not reported",
    message: `The integration runtime that reads ${fileShare.path} is ${state || "in an unknown state"}.`,
  });
}

function targetName({ seen, target, operationId, rival }: PreflightFacts): Check {
  const source = "databaseMigrations GET";
  const remedy = "Choose another target name, or wait for the migration that is under way, or cancel it.";
  const finding = (outcome: Check["outcome"], observed: string, message: string) =>
    check("P20", source, remedy, { outcome, observed, message });
  if (rival !== undefined)
    return finding("fail", rival, `The migration ${rival} has the target ${target.databaseName} on this VM.`);
  if (seen.kind === "absent")
    return finding("pass", "free", `DMS knows no migration of ${target.databaseName} on this VM.`);
  if (seen.kind === "unavailable") return check("P20", source, remedy, unreadable("DMS", seen.failure));
  const { phase, operationId: shown } = seen.operation;
  if (operationId !== undefined && shown === operationId)
    return finding("pass", phase, `The migration of ${target.databaseName} on this VM is this one.`);
  if (phase !== "succeeded" && phase !== "failed" && phase !== "canceled")
    return finding("fail", phase, `A migration of ${target.databaseName} is under way on this VM.`);
  return check("P20", source, "If the start fails, drop the left-over database or files on the VM.", {
    outcome: "warn",
    observed: phase,
    message: `An earlier migration of ${target.databaseName} has ${phase}; it may have left a database or files on the VM.`,
  });
}

function vmCapacity({ queue, limits, running, target }: PreflightFacts): Check {
  const { startsSinceCooldown, cooldownUntil } = queue;
  const onVm =
    running.kind === "seen"
      ? running.facts.filter(({ sqlVmResourceId }) => isSameId(sqlVmResourceId, target.sqlVmResourceId)).length
      : undefined;
  const isFull = Math.max(startsSinceCooldown, onVm ?? 0) >= limits.maxDatabases || cooldownUntil !== undefined;
  const shown = onVm === undefined ? "what DMS runs could not be read" : `DMS runs ${onVm}`;
  const expected =
    cooldownUntil === undefined
      ? `until all have ended and the VM has rested for ${limits.cooldownMinutes} minutes`
      : `until ${cooldownUntil}`;
  return check("P25", "VM queue, listMigrations", "Nothing: the start waits in the queue.", {
    outcome: isFull ? "warn" : "pass",
    observed: `${startsSinceCooldown} of ${limits.maxDatabases} started; ${shown}`,
    message: isFull
      ? `The VM has its fill of databases: the start waits ${expected}.`
      : "The VM takes another database.",
  });
}

/** ARM ids are compared without case. */
export const isSameId = (a: string, b: string): boolean =>
  a.replace(/\/+$/, "").toLowerCase() === b.replace(/\/+$/, "").toLowerCase();

const nameOf = (resourceId: string): string => resourceId.split("/").at(-1) ?? "";
