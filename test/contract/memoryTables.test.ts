// Tests that the in-memory tables of the unit tests keep the same contracts as those of Azure.
import { describe } from "node:test";
import { memoryAssessments, memoryMigrations, memoryQueues, memorySweeps } from "../support/memoryTables.ts";
import { assessmentsContract } from "./assessments.contract.ts";
import { migrationStoreContract } from "./migrationStore.contract.ts";
import { sweepsContract } from "./sweeps.contract.ts";
import { vmQueuesContract } from "./vmQueues.contract.ts";

let numbers = 0;
const fresh = (): string => `fresh-${++numbers}`;

describe("migrations in memory", () => {
  const { store } = memoryMigrations();
  migrationStoreContract(() => store, fresh);
});

describe("VM queues in memory", () => {
  const { store } = memoryQueues();
  vmQueuesContract(() => store, fresh);
});

describe("sweeps in memory", () => {
  const { store } = memorySweeps();
  sweepsContract(() => store, fresh);
});

describe("assessments in memory", () => {
  const { store } = memoryAssessments();
  assessmentsContract(() => store, fresh);
});
