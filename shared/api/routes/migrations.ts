// Lists the routes that create migrations and read them.
import { SourceOfMigration } from "../answers/assessments.ts";
import { Files, PlanView } from "../answers/chain.ts";
import {
  AuditTrail,
  ChangedMigration,
  Events,
  MigrationDetails,
  MigrationLine,
  Migrations,
} from "../answers/migrations.ts";
import { ChainView, DryRunView } from "../answers/timeline.ts";
import { ChangeBody, CreateBody, PlanBody } from "../bodies.ts";
import { FileListQuery } from "../lists/fileList.ts";
import { MigrationListQuery } from "../lists/migrationList.ts";
import { pageQuery } from "../lists/paging.ts";
import { ID_OF_MIGRATION, KEYED, REPLAYED, type Route } from "./route.ts";

const read = { method: "GET", tag: "migrations", role: "Ferry.Reader" } as const;
const ofOne = { ...read, parameters: ID_OF_MIGRATION, problems: ["not-found"] } as const;
const listOfOne = { ...ofOne, problems: ["not-found", "validation"] } as const;

export const MIGRATIONS = {
  CreateMigration: {
    method: "POST",
    path: "/api/v1/migrations",
    tag: "migrations",
    summary: "Registers a folder's migration, or completes the draft that the folder's first file made",
    role: "Ferry.Operator",
    ...KEYED,
    body: {
      schema: CreateBody,
      example: {
        source: { folder: "Sales" },
        target: {
          sqlVmResourceId:
            "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg1/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/SQLVM-07",
          databaseName: "Sales",
        },
        mode: "online",
      },
    },
    answers: {
      200: {
        description: "It was registered before, in the same words",
        body: MigrationLine,
        headers: ["Location"],
        ...REPLAYED,
      },
      201: { description: "Registered", body: MigrationLine, headers: ["Location"], ...REPLAYED },
    },
    problems: ["already-exists", "duplicate-target"],
  },
  ListMigrations: {
    ...read,
    path: "/api/v1/migrations",
    summary: "All migrations, each in a line as of its last look, ordered by id; or those that have changed",
    query: MigrationListQuery,
    headers: ["If-None-Match"],
    answers: {
      200: { description: "A page of them", body: Migrations, mayHave: ["ETag"] },
      304: { description: "Nothing has changed", headers: ["ETag"] },
    },
    problems: ["validation"],
  },
  GetMigration: {
    ...ofOne,
    path: "/api/v1/migrations/{id}",
    summary: "Everything about one migration: chain, gaps, loss, cutover gate, preflight, DMS's own view",
    answers: { 200: { description: "As it is now", body: MigrationDetails, headers: ["ETag"] } },
  },
  ChangeMigration: {
    method: "PATCH",
    path: "/api/v1/migrations/{id}",
    tag: "migrations",
    summary: "Changes what is registered, by JSON Merge Patch: rank at any time, the rest before the start is fixed",
    role: "Ferry.Operator",
    parameters: ID_OF_MIGRATION,
    headers: ["If-Match", ...KEYED.headers],
    body: { schema: ChangeBody, example: { priority: 90, wave: 3 } },
    answers: { 200: { description: "As it is registered now", body: ChangedMigration, ...REPLAYED } },
    problems: ["not-found", "not-changeable", "duplicate-target", "registration-changed"],
  },
  ForgetMigration: {
    method: "DELETE",
    path: "/api/v1/migrations/{id}",
    tag: "migrations",
    summary: "Forgets a migration that nobody has registered or that has ended; files, events and audit stay",
    role: "Ferry.Operator",
    parameters: ID_OF_MIGRATION,
    ...KEYED,
    answers: { 204: { description: "Forgotten, and its target is free", ...REPLAYED } },
    problems: ["not-found", "not-forgettable"],
  },
  ListFiles: {
    ...listOfOne,
    path: "/api/v1/migrations/{id}/files",
    summary: "Every file of its folder with verdict, reason and remedy",
    query: FileListQuery,
    answers: { 200: { description: "A page of them", body: Files } },
  },
  GetPlan: {
    ...ofOne,
    path: "/api/v1/migrations/{id}/plan",
    summary: "What is restored, in which order, and how far it goes",
    headers: ["If-None-Match"],
    answers: {
      200: { description: "The plan of now", body: PlanView, headers: ["ETag"] },
      304: { description: "It is the one that you have", headers: ["ETag"] },
    },
  },
  GetChain: {
    ...ofOne,
    path: "/api/v1/migrations/{id}/chain",
    summary: "The backup sets by recovery fork, gaps and positions, for a timeline",
    answers: { 200: { description: "As it is now", body: ChainView } },
  },
  PlanFiles: {
    method: "POST",
    path: "/api/v1/plan",
    tag: "migrations",
    summary: "Would these backups restore, how far, what is missing? A dry run on headers or a folder; writes nothing",
    role: "Ferry.Reader",
    body: {
      schema: PlanBody,
      example: {
        headers: [
          {
            file: "full.bak",
            backupSets: [
              {
                backupType: 1,
                databaseName: "Sales",
                firstLsn: "37000000036000001",
                lastLsn: "37000000041600001",
                checkpointLsn: "37000000036000001",
                backupFinishDate: "2026-11-30T21:00:00",
              },
            ],
          },
        ],
      },
    },
    answers: { 200: { description: "The JSON of ferry plan", body: DryRunView } },
    problems: ["not-found", "headers-unusable"],
  },
  ListEvents: {
    ...listOfOne,
    path: "/api/v1/migrations/{id}/events",
    summary: "What was published, oldest first",
    query: pageQuery("events"),
    answers: { 200: { description: "A page of them", body: Events } },
  },
  ListAudit: {
    ...listOfOne,
    path: "/api/v1/migrations/{id}/audit",
    summary: "Who asked what, and what was decided on which facts",
    query: pageQuery("audit"),
    answers: { 200: { description: "A page of it, oldest first", body: AuditTrail } },
  },
  GetSourceOfMigration: {
    ...ofOne,
    path: "/api/v1/migrations/{id}/assessment",
    summary: "All that published assessments say of its database, what is fine and unknown included",
    answers: { 200: { description: "In its mode, what blocks first", body: SourceOfMigration } },
  },
} as const satisfies Record<string, Route>;
