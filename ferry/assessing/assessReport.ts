// Reads a file of assessments and tells which kind it is: one of sqlferry's, an official report, or something else.
import { SavedAssessments } from "../../shared/assessed/assessmentShapes.ts";
import { type Assessment, assess } from "../../shared/source/assessment.ts";
import type { TargetFacts } from "../../shared/source/facts.ts";
import { factsOfReport } from "../../shared/source/reportFacts.ts";
import { EXIT, FerryError } from "../exit.ts";

export interface ReadReport {
  readonly assessments: readonly Assessment[];
  readonly otherFeatures: readonly string[];
}

/** Our own findings stay as they were judged; `target` is for those of official reports. */
export function readReport(path: string, text: string, target: TargetFacts): ReadReport {
  const json = parsed(path, text.replace(/^\uFEFF/, ""));
  if (typeof json === "object" && json !== null && "assessments" in json) {
    const ours = SavedAssessments.safeParse(json);
    if (ours.success) return { assessments: ours.data.assessments, otherFeatures: [] };
    const [issue] = ours.error.issues;
    throw unusable(path, `it looks like ours, but ${issue?.path.join(".")} is not as expected: ${issue?.message}`);
  }
  const official = factsOfReport(json);
  if (official)
    return {
      assessments: official.facts.map((facts) => assess(facts, target)),
      otherFeatures: official.otherFeatures,
    };
  throw unusable(path, `it is JSON of another shape (${shapeOf(json)})`);
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (text.trim() === "") throw unusable(path, "it is empty");
    if (/^\s*[{[]/.test(text))
      throw unusable(path, `it is not whole or not valid JSON: ${(error as Error).message}. Export it again`);
    throw unusable(path, `it is no JSON and begins with "${text.trim().slice(0, 30)}"`);
  }
}

const shapeOf = (json: unknown): string =>
  typeof json === "object" && json !== null && !Array.isArray(json)
    ? `an object with ${Object.keys(json).slice(0, 5).join(", ") || "nothing"}`
    : Array.isArray(json)
      ? "an array"
      : typeof json;

const unusable = (path: string, why: string): FerryError =>
  new FerryError(
    EXIT.failed,
    `${path} is no assessment that can be read: ${why}. Expected: what "ferry assess --json" prints, a report of ` +
      "az datamigration get-assessment, or the properties.migration.assessment of a SQL Server in Azure Arc.",
  );
