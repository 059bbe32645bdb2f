// Tests which moves between states are legal: every pair, as a table.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ENDED, hasEnded } from "../../../../shared/migration/migration.ts";
import { isState, mayMove, moveTo } from "../../../../shared/migration/transitions.ts";
import type { MigrationState } from "../../../../shared/migration/words.ts";
import { aMigration } from "../../../support/facts.ts";

const NOON = "2025-11-24T12:00:00.000Z";

/** Columns in the order of the rows; x: legal. */
const TABLE = {
  //                 dr wa pl pf qu st re rd cu su fa cg cd
  draft: /*        */ ". x . . . . . . . . x x x",
  waitingForChain: /**/ ". . x x x . . . . . x x x",
  preflighting: /* */ ". . . x x . . . . . x x x",
  preflightFailed: /**/ ". . . . . . . . . . . . .",
  queued: /*       */ ". . . . . x . . . . x x x",
  starting: /*     */ ". . . . . . x . . x x x x",
  restoring: /*    */ ". . . . . . . x x x x x x",
  readyForCutover: /**/ ". . . . . . x . x x x x x",
  cuttingOver: /*  */ ". . . . . . x . . x x x x",
  succeeded: /*    */ ". . . . . . . . . . . . .",
  failed: /*       */ ". . . . . . . . . . . . .",
  canceling: /*    */ ". . . . . . . . . x x . x",
  canceled: /*     */ ". . . . . . . . . . . . .",
} as const satisfies Record<MigrationState, string>;

const STATES = Object.keys(TABLE) as MigrationState[];

describe("a migration moves", () => {
  for (const from of STATES)
    for (const [column, to] of STATES.entries()) {
      const legal = TABLE[from].split(" ")[column] === "x";
      test(`${legal ? "" : "never "}from ${from} to ${to}`, () => {
        assert.equal(mayMove(from, to), legal);
        const migration = aMigration("sales-1", { state: from });
        if (legal) assert.deepEqual(moveTo(migration, to, NOON), { ...migration, state: to, updatedAt: NOON });
        else assert.throws(() => moveTo(migration, to, NOON), new RegExp(`"sales-1" cannot go from ${from} to ${to}`));
      });
    }
});

test("a state has no way out exactly when the run has ended", () => {
  for (const state of STATES) {
    assert.equal(hasEnded({ state }), ENDED.includes(state));
    assert.equal(
      STATES.some((to) => mayMove(state, to)),
      !hasEnded({ state }),
      state,
    );
  }
});

test("whatever is under way may fail and may be canceled", () => {
  for (const state of STATES.filter((one) => !hasEnded({ state: one })))
    for (const end of ["failed", "canceled"] as const) assert.ok(mayMove(state, end), `${state} to ${end}`);
});

test("a word is a state or it is not; what every object has is none", () => {
  for (const state of STATES) assert.ok(isState(state));
  for (const word of ["", "Draft", "ready", "toString", "__proto__"]) assert.ok(!isState(word), word);
});
