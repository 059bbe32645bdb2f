// Lists the routes by which assessments and sizings of source servers are published and read.

import { z } from "zod";
import { PublishAssessmentBody } from "../../assessed/assessmentShapes.ts";
import { PublishedSizing } from "../../sizing/sizingShapes.ts";
import { AssessmentPublished, Assessments, AssessmentView, Sizing, SizingPublished } from "../answers/assessments.ts";
import { pageQuery } from "../lists/paging.ts";
import { ID_OF_ASSESSMENT, type Route } from "./route.ts";

const tag = "assessments";
const read = { method: "GET", tag, role: "Ferry.Reader" } as const;
const publish = { method: "POST", tag, role: "Ferry.Operator" } as const;
const MOMENT = "2025-11-23T12:00:00.000Z";

export const ASSESSMENTS = {
  PublishAssessment: {
    ...publish,
    path: "/api/v1/assessments",
    summary: "Keeps what was found of a server's databases, and joins it to their migrations",
    body: {
      schema: PublishAssessmentBody,
      example: {
        server: "SQL01",
        productVersion: "13.0.5108.50",
        takenAt: MOMENT,
        instance: [],
        databases: [
          {
            name: "Sales",
            findings: [
              {
                check: "S10",
                title: "TDE certificate",
                severity: "blocks",
                outcome: "found",
                observed: "encrypted with a certificate",
                objects: ["0x4F1A5C33D0B2E7889A6C1B2D3E4F5061728394A5"],
                message: "The VM cannot restore the database without its certificate.",
                remedy: "BACKUP CERTIFICATE at the source, CREATE CERTIFICATE on the VM.",
                evidence: "server",
                at: MOMENT,
                source: "https://learn.microsoft.com/sql/relational-databases/security/encryption/",
              },
            ],
          },
        ],
      },
    },
    answers: {
      200: { description: "Nothing was new", body: AssessmentPublished, headers: ["Location"] },
      201: { description: "Kept, and joined", body: AssessmentPublished, headers: ["Location"] },
    },
    problems: ["busy"],
  },
  ListAssessments: {
    ...read,
    path: "/api/v1/assessments",
    summary: "The servers of which an assessment is published, as of when, and by whom",
    query: pageQuery("assessments"),
    answers: { 200: { description: "A page of them, ordered by id", body: Assessments } },
    problems: ["validation"],
  },
  GetAssessment: {
    ...read,
    path: "/api/v1/assessments/{id}",
    summary: "One server, its databases in a line each, its groups, and who has published what",
    parameters: ID_OF_ASSESSMENT,
    query: pageQuery("databases"),
    answers: { 200: { description: "As it is known, with a page of its databases", body: AssessmentView } },
    problems: ["not-found", "validation"],
  },
  DeleteAssessment: {
    method: "DELETE",
    path: "/api/v1/assessments/{id}",
    tag,
    summary: "What was published of a server, or of one of its databases, is known no more; its sizing stays",
    role: "Ferry.Admin",
    parameters: ID_OF_ASSESSMENT,
    query: z.object({ database: z.string().describe("Only this database").optional() }),
    answers: { 204: { description: "Known no more" } },
    problems: ["not-found"],
  },
  PublishSizing: {
    ...publish,
    path: "/api/v1/sizings",
    summary: "Keeps what a server needs, as it was measured; an older measurement takes the place of no newer one",
    body: {
      schema: PublishedSizing,
      example: {
        server: "SQL01",
        from: "2025-11-16T12:00:00.000Z",
        takenAt: MOMENT,
        percentile: 95,
        comfort: 1.2,
        growth: 1.3,
        need: { cores: 5, memoryGib: 46, iops: 4100, mbps: 120, dataGib: 400, logGib: 60, tempdbGib: 20 },
        confidence: { level: "good", hours: 168, weekdays: 7, reasons: [] },
        options: [
          {
            size: "Standard_E8ds_v5",
            vcpus: 8,
            memoryGib: 64,
            month: 1200,
            use: { cores: 0.63, memory: 0.72 },
            binding: "memory",
            disks: ["data 2 x P30"],
          },
        ],
        refused: [{ name: "Standard_E4ds_v5", why: "memory 144 %" }],
        prices: "westeurope, 2025-11-01",
        course: [{ at: MOMENT, cores: 4, memoryGib: 38, iops: 3400, mbps: 100 }],
      },
    },
    answers: {
      200: { description: "A newer measurement is known", body: SizingPublished, headers: ["Location"] },
      201: { description: "Kept", body: SizingPublished, headers: ["Location"] },
    },
    problems: [],
  },
  GetSizing: {
    ...read,
    path: "/api/v1/assessments/{id}/sizing",
    summary: "What a server needs, and which sizes carry that",
    parameters: ID_OF_ASSESSMENT,
    answers: { 200: { description: "As it was measured last", body: Sizing } },
    problems: ["not-found"],
  },
} as const satisfies Record<string, Route>;
