// Stores the orchestrations. Every change of an instance is one transaction; nothing is lost at kill -9.
import { randomUUID } from "node:crypto";
import type { Database } from "../database.ts";
import { type Command, noteOf } from "./commands.ts";
import { type Episode, NOTHING_YET, type Numbering } from "./episode.ts";
import {
  eventName,
  eventRaised,
  executionStarted,
  type HistoryEvent,
  isoTime,
  type Message,
  type TaskEnd,
  taskEnded,
  timerFired,
} from "./history.ts";

export type RuntimeStatus = "Pending" | "Running" | "Completed" | "Failed" | "Terminated";
export const isFinished = (status: RuntimeStatus): boolean => status !== "Pending" && status !== "Running";

/** Its end was no decision of its own. */
const hasFailed = (status: RuntimeStatus): boolean => status === "Failed" || status === "Terminated";

export interface InstanceRow {
  readonly id: string;
  readonly name: string;
  readonly version: string | null;
  readonly status: RuntimeStatus;
  /** JSON text, as are output, custom status and numbering. */
  readonly input: string;
  readonly output: string | null;
  readonly customStatus: string | null;
  readonly created: number;
  readonly updated: number;
  /**
   * New whenever the instance starts or continues as new (see startOf): late results of an earlier execution are
   * dropped.
   */
  readonly execution: string;
  readonly numbering: string;
  readonly parent: string | null;
  readonly parentExecution: string | null;
  readonly parentTask: number | null;
}

export interface Start {
  readonly id: string;
  readonly name: string;
  readonly input: string;
  readonly version: string | undefined;
}

export interface WorkItem {
  readonly seq: number;
  readonly instance: string;
  readonly execution: string;
  readonly task: number;
  readonly name: string;
  /** JSON text; null when there was no input. */
  readonly input: string | null;
}

/** An instance, the message that is due, and what happened before. */
export interface Turn {
  readonly instance: InstanceRow;
  readonly seq: number;
  readonly message: Message;
  /** JSON texts, as they are replayed. */
  readonly past: readonly string[];
  readonly numbering: Numbering;
}

/**
 * Which start of its instance an execution goes back to: one that continued another as new is called after the first
 * of them.
 */
const startOf = (execution: string): string => execution.split("-").at(-1) ?? execution;
const newExecution = (): string => randomUUID().replaceAll("-", "");

type Parent = Pick<InstanceRow, "parent" | "parentExecution" | "parentTask">;
const NO_PARENT: Parent = { parent: null, parentExecution: null, parentTask: null };

export type OrchestrationStore = ReturnType<typeof createStore>;

/** Queues are polled now and then, timers are coarse: when does something really happen that is due at this time? */
export type Lateness = (what: "message" | "timer" | "work", subject: string, time: number) => number;

export function createStore(db: Database, now: () => number, lateness: Lateness = (_what, _subject, time) => time) {
  const find = (id: string) => db.get<InstanceRow>("SELECT * FROM instances WHERE id = ?", id);
  const historyTexts = (id: string): readonly string[] =>
    db
      .all<{ event: string }>("SELECT event FROM history WHERE instance = ? ORDER BY seq", id)
      .map(({ event }) => event);
  const history = (id: string): readonly HistoryEvent[] =>
    historyTexts(id).map((event) => JSON.parse(event) as HistoryEvent);
  const isAlive = (id: string): boolean => {
    const instance = find(id);
    return instance !== undefined && !isFinished(instance.status);
  };

  const send = (
    instance: string,
    execution: string | null,
    message: Message,
    due = lateness("message", `${instance} ${eventName(message)}`, now()),
    timer: number | null = null,
  ) =>
    db.run(
      "INSERT INTO inbox (instance, execution, due, timer, message) VALUES (?, ?, ?, ?, ?)",
      ...[instance, execution, due, timer, JSON.stringify(message)],
    );
  const sendTimer = ({ id, execution }: InstanceRow, task: number, fireAt: number) =>
    send(id, execution, timerFired(task, fireAt), lateness("timer", `${id}:${task}`, fireAt), task);
  const clear = (table: "history" | "inbox" | "instances", id: string) =>
    db.run(`DELETE FROM ${table} WHERE ${table === "instances" ? "id" : "instance"} = ?`, id);

  /** An instance is due from the beginning of time: nothing may go before its start. */
  const sendStart = (execution: string, { id, name, input, version }: Start) =>
    send(id, execution, executionStarted(name, input, version), 0);

  function begin(start: Start, parent: Parent): void {
    for (const table of ["history", "inbox", "instances"] as const) clear(table, start.id);
    const execution = newExecution();
    const { id, name, input, version = null } = start;
    db.run(
      `INSERT INTO instances (id, name, version, status, input, created, updated, execution, numbering, parent, parentExecution, parentTask)
       VALUES (?, ?, ?, 'Pending', ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, name, version, input, now(), now(), execution, JSON.stringify(NOTHING_YET)],
      ...[parent.parent, parent.parentExecution, parent.parentTask],
    );
    sendStart(execution, start);
  }

  /** External events that nobody has read stay in the inbox; everything of the old execution goes. */
  function continueAsNew(instance: InstanceRow, input: string): void {
    const { id, name, version } = instance;
    const execution = `${newExecution()}-${startOf(instance.execution)}`;
    clear("history", id);
    db.run("DELETE FROM inbox WHERE instance = ? AND execution IS NOT NULL", id);
    db.run(
      "UPDATE instances SET execution = ?, numbering = ?, input = ?, updated = ? WHERE id = ?",
      ...[execution, JSON.stringify(NOTHING_YET), input, now(), id],
    );
    sendStart(execution, { id, name, input, version: version ?? undefined });
  }

  function finish(instance: InstanceRow, status: RuntimeStatus, output: string): void {
    const { id, parent, parentExecution, parentTask } = instance;
    db.run("UPDATE instances SET status = ?, output = ?, updated = ? WHERE id = ?", status, output, now(), id);
    clear("inbox", id);
    if (parent === null || parentTask === null) return;
    const failure = () => String(JSON.parse(output));
    const end: TaskEnd = status === "Completed" ? { result: output } : { reason: failure(), details: failure() };
    send(parent, parentExecution, taskEnded("child", parentTask, end));
  }

  function obey(instance: InstanceRow, command: Command, version: string | undefined): void {
    const { id, execution } = instance;
    switch (command.kind) {
      case "activity":
        db.run(
          "INSERT INTO work (instance, execution, task, name, input, due) VALUES (?, ?, ?, ?, ?, ?)",
          ...[
            id,
            execution,
            command.id,
            command.name,
            command.input === undefined ? null : JSON.stringify(command.input),
            lateness("work", `${command.name} ${id}:${command.id}`, now()),
          ],
        );
        return;
      case "child":
        begin(
          { id: command.instanceId, name: command.name, input: JSON.stringify(command.input ?? null), version },
          { parent: id, parentExecution: execution, parentTask: command.id },
        );
        return;
      case "timer":
        sendTimer(instance, command.id, command.fireAt);
        return;
      case "cancelTimer":
        db.run("DELETE FROM inbox WHERE instance = ? AND timer = ?", id, command.id);
        return;
      default:
        command satisfies never;
    }
  }

  function conclude(instance: InstanceRow, { outcome }: Episode): void {
    switch (outcome.kind) {
      case "running":
        break;
      case "completed":
        finish(instance, "Completed", JSON.stringify(outcome.output ?? null));
        break;
      case "failed":
        finish(
          instance,
          "Failed",
          JSON.stringify(`Orchestrator function '${instance.name}' failed: ${outcome.reason}`),
        );
        break;
      case "continuedAsNew":
        continueAsNew(instance, JSON.stringify(outcome.input ?? null));
        break;
      default:
        outcome satisfies never;
    }
  }

  return {
    find,
    isAlive,
    list: () => db.all<InstanceRow>("SELECT * FROM instances ORDER BY created, id"),
    history,

    /**
     * Whether a child may begin under this id: one that has failed is tried again, and a parent that was started anew
     * under its own id goes through its children once more, whatever has become of those that it had before. One that
     * has continued as new does not.
     */
    mayBegin(id: string, parent: Pick<InstanceRow, "id" | "execution">): boolean {
      const known = find(id);
      if (known === undefined || hasFailed(known.status)) return true;
      return known.parent === parent.id && startOf(known.parentExecution ?? "") !== startOf(parent.execution);
    },
    /** Starts an instance; an earlier one of this id is forgotten. */
    start: (start: Start) => db.transaction(() => begin(start, NO_PARENT)),
    raise: (id: string, name: string, data: unknown) => send(id, null, eventRaised(name, JSON.stringify(data))),
    /** Ends a living instance at once; its activities and children go on. */
    terminate: (instance: InstanceRow, reason: string) =>
      db.transaction(() => finish(instance, "Terminated", JSON.stringify(reason))),
    purge: (id: string) =>
      db.transaction(() => {
        for (const table of ["history", "inbox", "instances"] as const) clear(table, id);
      }),

    /** Instances for which a message is due at this time. */
    due: (time: number) =>
      db
        .all<{ instance: string }>("SELECT DISTINCT instance FROM inbox WHERE due <= ?", time)
        .map(({ instance }) => instance),
    /** When the next message or activity will be due that is not due at this time. */
    nextDue(time: number): number | undefined {
      const soonest = (table: "inbox" | "work") =>
        db.get<{ due: number | null }>(`SELECT MIN(due) AS due FROM ${table} WHERE due > ?`, time)?.due ?? Infinity;
      const due = Math.min(soonest("inbox"), soonest("work"));
      return due === Infinity ? undefined : due;
    },
    /** What was due when the last process died comes back only after the lease of whoever held it. */
    postpone(messagesUntil: number, workUntil: number): void {
      db.run("UPDATE inbox SET due = ? WHERE due > 0 AND due <= ?", messagesUntil, now());
      db.run("UPDATE work SET due = ? WHERE due <= ?", workUntil, now());
    },

    /**
     * The oldest due message of an instance. One that is late for a finished instance or an earlier execution is
     * dropped.
     */
    take(id: string): Turn | undefined {
      const row = db.get<{ seq: number; execution: string | null; message: string }>(
        "SELECT seq, execution, message FROM inbox WHERE instance = ? AND due <= ? ORDER BY due, seq LIMIT 1",
        ...[id, now()],
      );
      if (!row) return undefined;
      const instance = find(id);
      if (
        !instance ||
        isFinished(instance.status) ||
        (row.execution !== null && row.execution !== instance.execution)
      ) {
        db.run("DELETE FROM inbox WHERE seq = ?", row.seq);
        return undefined;
      }
      return {
        instance,
        seq: row.seq,
        message: JSON.parse(row.message) as Message,
        past: historyTexts(id),
        numbering: JSON.parse(instance.numbering) as Numbering,
      };
    },

    /**
     * One episode, whole or not at all: history, new work, new messages, status, the message taken away. `version` is
     * that of new children. Answers how many events the execution has.
     */
    commit: (
      turn: Turn,
      fresh: readonly HistoryEvent[],
      episode: Episode,
      customStatus: unknown,
      version: string | undefined,
    ) =>
      db.transaction(() => {
        db.run("DELETE FROM inbox WHERE seq = ?", turn.seq);
        const instance = find(turn.instance.id);
        // terminated meanwhile
        if (!instance || instance.execution !== turn.instance.execution || isFinished(instance.status)) return 0;
        const notes = episode.commands.flatMap((command) => noteOf(command, now()));
        const end: HistoryEvent = { EventType: 13, EventId: -1, Timestamp: isoTime(now()) };
        const added = [...fresh, ...notes, end];
        for (const event of added)
          db.run("INSERT INTO history (instance, event) VALUES (?, ?)", instance.id, JSON.stringify(event));
        db.run(
          "UPDATE instances SET status = 'Running', numbering = ?, customStatus = ?, updated = ? WHERE id = ?",
          ...[
            JSON.stringify(episode.numbering),
            customStatus === undefined ? null : JSON.stringify(customStatus),
            now(),
            instance.id,
          ],
        );
        for (const command of episode.commands) obey(instance, command, version);
        conclude(instance, episode);
        return turn.past.length + added.length;
      }),

    work: (limit: number, busy: ReadonlySet<number>) =>
      db
        .all<WorkItem>("SELECT * FROM work WHERE due <= ? ORDER BY due, seq LIMIT ?", now(), limit + busy.size)
        .filter(({ seq }) => !busy.has(seq))
        .slice(0, limit),
    /**
     * The result of an activity becomes a message, the item disappears. Without a result nobody ever learns of its
     * end.
     */
    finishWork: (item: WorkItem, end: TaskEnd | undefined) =>
      db.transaction(() => {
        db.run("DELETE FROM work WHERE seq = ?", item.seq);
        if (end) send(item.instance, item.execution, taskEnded("activity", item.task, end));
      }),
  };
}
