// Plays a source server in virtual time, without a wire: the stand-in's load over a clock that the test moves.
import { type MeasuredLoad, measured, measuredLoad } from "../../local/sql/measured.ts";
import { StatementRefused } from "../../shared/sqlserver/sourceFailure.ts";

export interface MeasuredServer extends Omit<MeasuredLoad, "now"> {
  /** Milliseconds since 1970. */
  now: number;
  /** Batches that were sent to it. */
  readonly asked: string[];
  /** Names of the statements that it refuses. */
  readonly refused: string[];
  /** Answers a batch as a connection does: bigint as text. */
  answer(batch: string): readonly (readonly Readonly<Record<string, unknown>>[])[];
}

export function measuredServer(begin: number): MeasuredServer {
  const server: MeasuredServer = {
    ...measuredLoad(() => begin),
    now: begin,
    startedAt: begin - 3_600_000,
    asked: [],
    refused: [],
    answer(batch) {
      server.asked.push(batch);
      if (batch.startsWith("USE ")) return [];
      const answer = measured({ ...server, now: () => server.now }, batch, true, server.refused);
      if (answer === undefined) throw new Error(`Nobody has said what this answers: ${batch}`);
      if ("error" in answer) throw new StatementRefused([answer.error.number], answer.error.message);
      return answer.sets.map(({ columns, rows }) =>
        rows.map((row) =>
          Object.fromEntries(
            columns.map((column, at) => [column, typeof row[at] === "bigint" ? String(row[at]) : row[at]]),
          ),
        ),
      );
    },
  };
  return server;
}
