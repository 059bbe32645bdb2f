// Is the target ready to receive the database? Checks over observed facts; none writes anything.
import type { ChainReport } from "../chain/chainReport.ts";
import type { Check, Failure, MigrationTarget } from "./migration.ts";
import type { Observation, TargetVmFacts } from "./ports.ts";
import { canStart } from "./startPolicy.ts";

export interface PreflightFacts {
  readonly vm: TargetVmFacts;
  readonly seen: Observation;
  readonly report: ChainReport;
  readonly target: MigrationTarget;
}

/** P02 SQL VM exists, P03 management mode, P04 power, P14 chain, P20 target name. */
export const preflight = (facts: PreflightFacts): Check[] => [
  sqlVmExists(facts),
  managementMode(facts),
  power(facts),
  chain(facts),
  targetName(facts),
];

/** No check failed: warnings do not hold up a start. */
export const passed = (checks: readonly Check[]): boolean => checks.every(({ outcome }) => outcome !== "fail");

/** Why a run ends that did not pass: what failed, and what to do about it. */
export function preflightFailure(checks: readonly Check[]): Failure {
  const failed = checks.filter(({ outcome }) => outcome === "fail");
  return {
    code: "PREFLIGHT_FAILED",
    message: failed.map(({ message }) => message).join(" "),
    cause: `The preflight failed: ${failed.map(({ id }) => id).join(", ")}.`,
    remedy: `${failed.map(({ remedy }) => remedy).join(" ")} Then restart the migration.`,
  };
}

type Finding = Pick<Check, "outcome" | "observed" | "message">;

const check = (id: Check["id"], source: string, remedy: string, finding: Finding): Check => ({
  id,
  source,
  ...finding,
  remedy: finding.outcome === "pass" || finding.outcome === "skip" ? "" : remedy,
});

function sqlVmExists({ vm, target }: PreflightFacts): Check {
  const remedy = "Register the VM with the SQL IaaS Agent extension, or correct the target id.";
  const name = target.sqlVmResourceId.split("/").at(-1) ?? "";
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
  return check("P02", "sqlVirtualMachines GET", remedy, finding);
}

function managementMode({ vm }: PreflightFacts): Check {
  const mode = vm.sqlManagement;
  return check("P03", "sqlManagement", "Switch the SQL IaaS Agent extension to Full mode.", {
    outcome: mode === "Full" ? "pass" : mode === undefined ? "warn" : "fail",
    observed: mode ?? "not told",
    message:
      mode === "Full"
        ? "The SQL IaaS Agent extension is in Full mode."
        : `The SQL IaaS Agent extension's mode is ${mode ?? "not told"}; DMS needs Full.`,
  });
}

function power({ vm }: PreflightFacts): Check {
  const state = vm.powerState;
  return check("P04", "Compute instanceView", "Start the VM and keep it on until the migration ends.", {
    outcome: state === "running" ? "pass" : state === undefined ? "warn" : "fail",
    observed: state ?? "not told",
    message: `The VM's power state is ${state ?? "not told"}.`,
  });
}

function chain({ report }: PreflightFacts): Check {
  const isWhole = report.verdict === "restorable";
  const observed = report.forkAmbiguous ? `${report.verdict}, fork ambiguous` : report.verdict;
  return check("P14", "backup chain", "See the migration's gaps and files for what is missing.", {
    outcome: !canStart(report) ? "fail" : isWhole ? "pass" : "warn",
    observed,
    message: isWhole ? `The plan of ${report.plan.length} backup sets is whole.` : `The chain is ${observed}.`,
  });
}

function targetName({ seen, target }: PreflightFacts): Check {
  const remedy = "Choose another target name, or wait for the migration that is under way, or cancel it.";
  const source = "databaseMigrations GET";
  if (seen.kind === "absent")
    return check("P20", source, remedy, {
      outcome: "pass",
      observed: "free",
      message: `DMS knows no migration of ${target.databaseName} on this VM.`,
    });
  if (seen.kind === "unavailable")
    return check("P20", source, remedy, {
      outcome: "warn",
      observed: "unreadable",
      message: `DMS could not be asked: ${seen.failure.message}`,
    });
  const { phase } = seen.operation;
  const isOver = phase === "succeeded" || phase === "failed" || phase === "canceled";
  return check("P20", source, isOver ? "If the start fails, drop the left-over database or files on the VM." : remedy, {
    outcome: isOver ? "warn" : "fail",
    observed: phase,
    message: isOver
      ? `An earlier migration of ${target.databaseName} ended (${phase}); it may have left a database or files on the VM.`
      : `A migration of ${target.databaseName} is under way on this VM.`,
  });
}
