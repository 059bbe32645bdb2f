// Checks the target's size for the preflight. P29: the published need against the VM. P31: whether the files fit on its
// disks.

import type { Check } from "../migration/migration.ts";
import type { Sighting } from "../migration/observed.ts";
import { check, type Finding, unreadable } from "../preflight/check.ts";
import { gigabytes } from "../source/rules/targetRules.ts";
import type { StoredSizing } from "./sizingShapes.ts";
import { type Fit, fitOf, type TargetVm } from "./targetFit.ts";
import { sizeNamed, VM_SIZES } from "./vmSizes.ts";

/** unreadable: its row cannot be read. */
export type SeenSizing =
  | { readonly kind: "none" }
  | { readonly kind: "unreadable"; readonly why: string }
  | { readonly kind: "sized"; readonly sizing: StoredSizing };

const MEASURE =
  "Measure the source and publish what it needs: npx ferry collect, then npx ferry recommend FOLDER --publish.";

/** Warns, and holds nothing up: a VM can be resized at any time, a restore on a small one is slow and goes on. */
export const sizeCheck = (seen: SeenSizing, vm: Sighting<TargetVm>): Check =>
  check("P29", "the published need and VirtualMachines_Get", MEASURE, sizeFinding(seen, vm));

function sizeFinding(seen: SeenSizing, vm: Sighting<TargetVm>): Finding {
  if (seen.kind === "none")
    return {
      outcome: "unknown",
      observed: "none published",
      message: "What the source needs was not measured, or not published.",
    };
  if (seen.kind === "unreadable")
    return { outcome: "unknown", observed: "unreadable", message: `The published need cannot be read: ${seen.why}` };
  if (vm.kind === "absent") return { outcome: "unknown", observed: "no VM", message: "There is no VM to look at." };
  if (vm.kind === "unreadable") return unreadable("The VM's size and disks", vm.failure);
  const { sizing } = seen;
  const fit = fitOf(sizing.need, vm.facts, sizeNamed(VM_SIZES, vm.facts), sizing);
  const exceeded = fit.lines.filter(({ verdict }) => verdict !== "fits");
  const about = `${sizing.server}, measured until ${sizing.takenAt.slice(0, 16).replace("T", " ")} (${sizing.confidence.level})`;
  return {
    outcome: outcomeOf(fit),
    observed: `${vm.facts.sizeName}: ${WORDS[fit.verdict]}${exceeded[0] ? `, ${exceeded[0].dimension} ${percent(exceeded[0].use)}` : ""}`,
    message: [
      `${about}: the VM ${WORDS[fit.verdict]}.`,
      ...(exceeded.length > 0
        ? [`Beyond it: ${exceeded.map(({ dimension, use }) => `${dimension} ${percent(use)}`).join(", ")}.`]
        : []),
      ...fit.remarks,
    ].join(" "),
    remedy:
      exceeded.length > 0
        ? `Resize the VM${sizing.options[0] ? ` to ${sizing.options[0].size}` : ""} or its disks before the cutover; or go on, and know why it is slow.`
        : fit.notKnown.length === 0 && fit.remarks.length > 0
          ? "Look at the VM's disks and their caching."
          : MEASURE,
  };
}

const WORDS: Readonly<Record<Fit["verdict"], string>> = {
  fits: "fits",
  tight: "is tight",
  doesNotFit: "does not fit",
  unknown: "is not known to fit",
};

function outcomeOf({ verdict, remarks }: Fit): Finding["outcome"] {
  if (verdict === "unknown") return "unknown";
  return verdict === "fits" && remarks.length === 0 ? "pass" : "warn";
}

const percent = (share: number): string => (Number.isFinite(share) ? `${Math.ceil(share * 100)} %` : "not there");

/**
 * S07: RESTORE allocates the files in full at once (error 3257), however little of them is used. `sizeMb`: their sum,
 * from the newest backup that tells it; undefined: none does. Other databases on the same disks are not known, so
 * that a pass is no promise.
 */
export const spaceCheck = (sizeMb: number | undefined, vm: Sighting<TargetVm>): Check =>
  check(
    "P31",
    "the backups' file lists and VirtualMachines_Get (RESTORE, error 3257)",
    "Give the VM larger data disks; shrink a log that is empty before the full backup. Then restart the migration.",
    spaceFinding(sizeMb, vm),
  );

function spaceFinding(sizeMb: number | undefined, vm: Sighting<TargetVm>): Finding {
  if (vm.kind === "absent") return { outcome: "unknown", observed: "no VM", message: "There is no VM to look at." };
  if (vm.kind === "unreadable") return unreadable("The VM's disks", vm.failure);
  if (sizeMb === undefined)
    return {
      outcome: "unknown",
      observed: "no file list",
      message: "No backup tells the sizes of the database's files.",
    };
  const { disks } = vm.facts;
  if (disks.some(({ gib }) => gib === 0))
    return {
      outcome: "unknown",
      observed: "sizes not reported",
      message: "Azure does not tell the size of every data disk, as of a VM that is deallocated.",
    };
  const totalMb = disks.filter(({ use }) => use !== "tempdb").reduce((sum, { gib }) => sum + gib, 0) * 1024;
  if (totalMb === 0)
    return {
      outcome: "warn",
      observed: "no data disks",
      message: `The database takes ${gigabytes(sizeMb)}, and the VM has no data disks whose size is told.`,
    };
  const seen = `${gigabytes(sizeMb)} of ${gigabytes(totalMb)}`;
  return sizeMb > totalMb
    ? {
        outcome: "fail",
        observed: seen,
        message: `The files take ${gigabytes(sizeMb)}, and all data disks of the VM have ${gigabytes(totalMb)}: the restore would fail at once.`,
      }
    : {
        outcome: "pass",
        observed: seen,
        message: `The files take ${seen}; what else lies on these disks is not known.`,
      };
}
