// Plays fifty migrations of every kind under injected faults of every kind. The seed decides everything: files and
// their events, people, the sweep and the runs go on call by call, in any order; processes are killed, workers die in
// the middle of a turn; storage, Azure and the topic fail.

import { backupArrived } from "../../functions/blobs/backupArrived.ts";
import { cancelMigration } from "../../functions/http/commands/cancelMigration.ts";
import { requestCutover } from "../../functions/http/commands/requestCutover.ts";
import { restartMigration } from "../../functions/http/commands/restartMigration.ts";
import { startMigration } from "../../functions/http/commands/startMigration.ts";
import { createMigration } from "../../functions/http/migrations/createMigration.ts";
import type { FerryEvent } from "../../shared/migration/events/events.ts";
import { migrationIdOf } from "../../shared/migration/ids.ts";
import { hasEnded, type MigrationFacts, type MigrationRequest } from "../../shared/migration/migration.ts";
import type { EngineAnswer, EngineFailure } from "../../shared/migration/observed.ts";
import type { Services } from "../../shared/ports.ts";
import { type Random, randomFrom } from "../fuzz/random.ts";
import { type Estate, newEstate, phaseOf, targetKey, type Worker } from "../support/estate.ts";
import { type Moved, nextOf, type Past, perform, workerOf } from "../support/miniHost.ts";
import { say } from "../support/say.ts";
import { sweepAll } from "../support/sweep.ts";
import { Task } from "../support/task.ts";
import { VM } from "../support/world.ts";
import { type Drop, KINDS, type Kind } from "./kinds.ts";

const MINUTE = 60_000;
const BEGIN = "2025-11-24T21:00:00.000Z";
const MIGRATIONS = 50;
const VMS = 5;
/** The longest time after which DMS shows what it was asked for. */
const SHOWN_LATE_MS = 45_000;
/** Much longer than all work takes: what was lost after the end of a migration, a sweep finds within a day. */
const HORIZON_MINUTES = 3 * 24 * 60;
/** Work that was in progress at a crash is taken up by another process after this time. */
const LEASE = MINUTE;
/** The number of times that an activity is tried. */
const MOST_TRIES = 20;

export interface Chaos {
  readonly seed: number;
  /** Empty when every migration has ended as it must. */
  readonly faults: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

/** One migration, and what its people have done so far. */
interface Life {
  readonly kind: Kind;
  readonly folder: string;
  readonly migrationId: string;
  readonly vm: string;
  readonly drops: readonly Drop[];
  /** What DMS does with the next creates, in order. */
  creates: NonNullable<Kind["creates"]>;
}

/** A caller at work; `end` takes the result, unless its process dies first. */
interface Actor {
  readonly task: Task<unknown>;
  readonly end: (result: unknown) => void;
  /** Called when the caller is killed with its process. */
  readonly died: () => void;
}

interface Run {
  past: Past;
  dueAt: number;
  tries: number;
  isBusy: boolean;
}

/** As the SDKs of the storage throw it after several retries. */
const storageError = (): Error =>
  Object.assign(new Error("The server is busy."), { name: "RestError", statusCode: 503, code: "ServerBusy" });

/** A file that could not be read yet has an announced word as well, and is announced once more when it is read. */
const isVerdict = (word: string): boolean => !word.includes("|reading|");

export async function chaos(seed: number): Promise<Chaos> {
  const simulation = new Simulation(seed);
  await simulation.play();
  return { seed, faults: simulation.faults(), figures: simulation.figures };
}

class Simulation {
  readonly figures = {
    kills: 0,
    workerDeaths: 0,
    storageFaults: 0,
    azureFaults: 0,
    lostEvents: 0,
    topicFaults: 0,
    calls: 0,
  };
  readonly #random: Random;
  readonly #estate: Estate;
  readonly #start = Date.parse(BEGIN);
  readonly #lives: readonly Life[];
  readonly #runs = new Map<string, Run>();
  readonly #later: { readonly at: number; readonly begin: () => void }[] = [];
  readonly #told: FerryEvent[] = [];
  /** The minute in which a verdict on a file was first announced, by name. */
  readonly #announcedAt = new Map<string, number>();
  #actors: Actor[] = [];
  readonly #outages: readonly (readonly [from: number, to: number])[];
  readonly #topicAway: readonly (readonly [from: number, to: number])[];

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.#estate = newEstate(BEGIN, this.#random.below(SHOWN_LATE_MS));
    this.#lives = Array.from({ length: MIGRATIONS }, (_, index) => this.#lifeOf(index));
    this.#outages = this.#windows(3, 4);
    this.#topicAway = this.#windows(3, 25);
    for (const life of this.#lives) this.#bringUp(life);
    this.#every(10, () => this.#sweep());
  }

  /** Random periods within the first two hours, each of `most` minutes at most. */
  #windows(count: number, most: number): (readonly [number, number])[] {
    return Array.from({ length: count }, () => {
      const from = this.#start + this.#random.below(120) * MINUTE;
      return [from, from + (1 + this.#random.below(most)) * MINUTE] as const;
    });
  }

  #lifeOf(index: number): Life {
    const kind = KINDS[index % KINDS.length] as Kind;
    const folder = `Db${index}`;
    return {
      kind,
      folder,
      migrationId: migrationIdOf("backups1", "backups", folder),
      vm: VM.replace("0000", "00000000-0000-0000-0000-000000000000").replace(
        "SQLVM-07",
        `SQLVM-${index % VMS}${kind.vmOnMinute ? "-off" : ""}`,
      ),
      drops: kind.drops(folder),
      creates: kind.creates ?? [],
    };
  }

  #at(at: number, begin: () => void): void {
    this.#later.push({ at, begin });
  }
  #in(milliseconds: number, begin: () => void): void {
    this.#at(this.#estate.now + milliseconds, begin);
  }
  #every(minutes: number, begin: () => void): void {
    this.#in(minutes * MINUTE, () => {
      begin();
      this.#every(minutes, begin);
    });
  }
  readonly #minute = (): number => (this.#estate.now - this.#start) / MINUTE;

  // Callers, and what happens to them.

  /** Starts a caller with services of its own. When its process is killed, `died` decides what becomes of its work. */
  #begin(work: (worker: Worker) => Promise<unknown>, end: Actor["end"] = () => {}, died: () => void = () => {}): void {
    const task = new Task<unknown>();
    const worker = this.#worker(task.gate);
    task.begin(() => work(worker));
    this.#actors.push({ task, end, died });
  }

  #worker(gate: (call: string) => Promise<void>): Worker {
    const lineFails = (call: string) => call === "migrations.line" && this.#random.oneIn(5);
    const worker = workerOf(this.#estate, (call) => (lineFails(call) ? Promise.reject(storageError()) : gate(call)));
    worker.context.warn = () => undefined;
    return { ...worker, services: this.#faulty(worker.services, gate) };
  }

  /** Azure with faults: answers are lost, refused or late; DMS does what the kind of the migration says. */
  #faulty(services: Services, gate: (call: string) => Promise<void>): Services {
    const { engine, vm, catalogue } = services;
    const away = (): EngineFailure => {
      this.figures.azureFaults++;
      return { code: "503", message: "Service unavailable.", cause: "c", remedy: "r", kind: "wait" };
    };
    const lossy = async (ask: () => Promise<EngineAnswer>): Promise<EngineAnswer> => {
      if (this.#random.oneIn(40)) return { ok: false, failure: away() };
      // Here the request has not arrived, which the caller cannot know.
      if (this.#random.oneIn(40)) return { ok: false, failure: away(), mayHaveHappened: true };
      const answer = await ask();
      return this.#random.oneIn(20) ? { ok: false, failure: away(), mayHaveHappened: true } : answer;
    };
    return {
      ...services,
      catalogue: {
        ...catalogue,
        announce: async (folderId, words) => {
          await catalogue.announce(folderId, words);
          for (const { name, announced } of words)
            if (isVerdict(announced) && !this.#announcedAt.has(name)) this.#announcedAt.set(name, this.#minute());
        },
      },
      engine: {
        observe: async (target) =>
          this.#random.oneIn(30) ? { kind: "unavailable", failure: away() } : engine.observe(target),
        start: (order) =>
          lossy(async () => {
            const life = this.#lives.find(({ folder }) => folder === order.folder);
            const [script, ...rest] = life?.creates ?? [];
            // DMS refuses until a person has removed the cause.
            if (script && "refuses" in script) return { ok: false, failure: script.refuses };
            const answer = await engine.start(order);
            const key = targetKey(order.target);
            const operation = this.#estate.operations[key];
            if (answer.ok && script && "fails" in script && life && operation) {
              life.creates = rest;
              const at = this.#estate.now + script.minutes * MINUTE;
              this.#estate.operations[key] = { ...operation, fails: { at, failure: script.fails } };
            }
            return answer;
          }),
        cutOver: (target, operationId) => lossy(() => engine.cutOver(target, operationId)),
        cancel: (target, operationId) => lossy(() => engine.cancel(target, operationId)),
      },
      vm: {
        ...vm,
        observe: async (id) => {
          const seen = await vm.observe(id);
          const life = this.#lives.find((one) => one.vm === id);
          return this.#minute() < (life?.kind.vmOnMinute ?? 0) ? { ...seen, powerState: "deallocated" } : seen;
        },
      },
      publisher: {
        publish: async (events) => {
          await gate("publisher.publish");
          if (this.#isWithin(this.#topicAway)) {
            this.figures.topicFaults++;
            throw new Error("The topic is away.");
          }
          this.#told.push(...events);
        },
      },
    };
  }

  #isWithin(windows: readonly (readonly [number, number])[]): boolean {
    return windows.some(([from, to]) => this.#estate.now >= from && this.#estate.now < to);
  }

  async play(): Promise<void> {
    for (let calls = 0; this.#minute() < HORIZON_MINUTES; calls++) {
      if (calls % 500 === 0 && this.#isAllAtRest()) return;
      this.#admit();
      if (this.#actors.length === 0) this.#pass();
      else await this.#step();
    }
  }

  /** Moves time on to the next thing that is due, when no caller is at work. */
  #pass(): void {
    const dueAt = [...this.#runs.entries()]
      .filter(([id]) => this.#estate.instances[id] === "Running")
      .map(([, run]) => run.dueAt);
    this.#estate.now = Math.max(this.#estate.now, Math.min(...this.#later.map(({ at }) => at), ...dueAt));
  }

  #admit(): void {
    const { now, instances } = this.#estate;
    for (const due of this.#later.filter(({ at }) => at <= now)) {
      this.#later.splice(this.#later.indexOf(due), 1);
      due.begin();
    }
    for (const watch of this.#estate.woken.splice(0)) {
      const run = this.#runs.get(watch.replace(/-[A-Z]\w+-\d+$/, ""));
      if (run && !this.#random.oneIn(20)) run.dueAt = Math.min(run.dueAt, now); // one wake-up in twenty is lost
    }
    for (const [id, status] of Object.entries(instances)) if (status === "Running") this.#turn(id);
  }

  #turn(id: string): void {
    const known = this.#runs.get(id);
    const run = known ?? { past: [], dueAt: 0, tries: 0, isBusy: false };
    if (!known) this.#runs.set(id, run);
    if (run.isBusy || run.dueAt > this.#estate.now) return;
    const [, migrationId = "", ordinal] = /^mig-(.+)-run-(\d+)$/.exec(id) ?? [];
    const next = nextOf(id, { migrationId, run: Number(ordinal) }, run.past);
    if ("ended" in next) {
      this.#estate.instances[id] = next.ended;
      this.#runs.delete(id);
      return;
    }
    run.isBusy = true;
    this.#begin(
      (worker) => perform(next.activity, next.input, worker),
      (result) => this.#ended(id, run, next.after, result as object | Error),
      () => {
        run.isBusy = false;
        run.dueAt = this.#estate.now + LEASE;
      },
    );
  }

  /** Takes the result of an activity; one that failed is tried again, as the orchestration does. */
  #ended(id: string, run: Run, after: (result: object | Error) => Moved, result: object | Error): void {
    run.isBusy = false;
    if (this.#runs.get(id) !== run) return; // the orchestration has died in the meantime
    if (result instanceof Error && ++run.tries < MOST_TRIES) {
      run.dueAt = this.#estate.now + Math.min(300, 2 ** run.tries) * 1_000;
      return;
    }
    const { past, pauseSeconds } = after(result);
    Object.assign(run, { past, tries: 0, dueAt: this.#estate.now + pauseSeconds * 1_000 });
  }

  async #step(): Promise<void> {
    this.figures.calls++;
    if (this.#random.oneIn(1_500)) return this.#kill();
    if (this.#random.oneIn(800)) this.#workerDies();
    const actor = this.#random.oneOf(this.#actors);
    const fails = this.#isWithin(this.#outages) || this.#random.oneIn(250);
    if (fails) this.figures.storageFaults++;
    await actor.task.step(fails ? storageError() : undefined);
    this.#estate.now += 1 + this.#random.below(10);
    if (!actor.task.isDone) return;
    this.#actors = this.#actors.filter((one) => one !== actor);
    actor.end(actor.task.result);
  }

  /** kill -9: every caller stops where it is. */
  #kill(): void {
    this.figures.kills++;
    const dead = this.#actors;
    this.#actors = [];
    for (const { died } of dead) died();
  }

  /**
   * The worker that runs an orchestration's turn dies: the instance has failed for good; activities that were running
   * go on, and their results go nowhere.
   */
  #workerDies(): void {
    const running = [...this.#runs.keys()].filter((id) => this.#estate.instances[id] === "Running");
    if (running.length === 0) return;
    this.figures.workerDeaths++;
    const id = this.#random.oneOf(running);
    this.#estate.instances[id] = "Failed";
    this.#runs.delete(id);
  }

  // Files, people, the sweep.

  #bringUp(life: Life): void {
    for (const [index, drop] of life.drops.entries())
      this.#at(this.#start + drop.minute * MINUTE + index, () => this.#drop(life, drop));
    const talk = (): void => {
      const again = () => this.#in(MINUTE, talk);
      const word = this.#wordOf(life);
      if (word) this.#begin(word, again, again);
      else again();
    };
    this.#at(this.#start + this.#random.below(90) * 1_000, talk);
  }

  #drop({ folder }: Life, { fileName, bytes, set }: Drop): void {
    const name = `${folder}/${fileName}`;
    const arrivedAt = new Date(this.#estate.now).toISOString();
    const etag = `"${++this.#estate.versions}"`;
    this.#estate.blobs[name] = {
      ...{ name, etag, sizeBytes: bytes.length, blobType: "BlockBlob" as const, arrivedAt, bytes },
      ...(set && { set }),
    };
    if (this.#random.oneIn(10)) this.figures.lostEvents++;
    else this.#deliver(name, this.#random.below(30));
    if (this.#random.oneIn(8)) this.#deliver(name, this.#random.below(900));
  }

  #deliver(name: string, seconds: number, tries = 1): void {
    const again = (wait: number) => tries < 5 && this.#deliver(name, wait, tries + 1);
    this.#in(seconds * 1_000, () =>
      this.#begin(
        ({ services, context }) =>
          Promise.resolve(
            backupArrived(services)(
              { ContainerName: "backups", BlobName: name, Connection: "Backups" } as never,
              context,
            ),
          ),
        (result) => result instanceof Error && again(0),
        () => again(LEASE / 1_000),
      ),
    );
  }

  #sweep(): void {
    this.#begin(({ services, context }) => sweepAll(services, context));
  }

  /** What a person asks for now, if anything; a request without a good answer is sent again. */
  #wordOf(life: Life): ((worker: Worker) => Promise<unknown>) | undefined {
    const { kind, folder, vm } = life;
    const facts = this.#estate.migrations[life.migrationId];
    if (facts?.migration.createdBy !== "anonymous") {
      const body = { source: { folder }, mode: kind.mode, start: kind.start, target: { sqlVmResourceId: vm } };
      return (worker) => say(createMigration, worker, body);
    }
    const { migration, requests } = facts;
    const { state, run } = migration;
    const isSaid = (request: MigrationRequest | undefined) =>
      request?.run === run && request.outcome?.status !== "refused";
    const isAllThere = this.#minute() > Math.max(...life.drops.map(({ minute }) => minute)) + 1;
    if (
      kind.cancelMinute !== undefined &&
      this.#minute() > kind.cancelMinute &&
      !isSaid(requests.cancel) &&
      !hasEnded(migration)
    )
      return (worker) => say(cancelMigration, worker, { reason: "enough" }, facts);
    if (kind.wants.includes("start") && state === "waitingForChain" && isAllThere && this.#isRead(life))
      return (worker) => say(startMigration, worker, {}, facts, true);
    if (kind.wants.includes("cutover") && state === "readyForCutover" && isAllThere)
      return (worker) => say(requestCutover, worker, { sourceClosed: true }, facts, true);
    if (state === "failed") life.creates = []; // a person has removed the cause
    const isMended = this.#minute() > (kind.vmOnMinute ?? 0);
    if (kind.wants.includes("restart") && (state === "failed" || state === "preflightFailed") && isMended)
      return (worker) => say(restartMigration, worker, {}, facts);
    return undefined;
  }

  #isRead({ folder, drops }: Life): boolean {
    return drops.every(({ fileName }) => {
      const name = `${folder}/${fileName}`;
      const { etag = "", content } = this.#estate.rows[name] ?? {};
      const word = this.#estate.announced[name];
      const isAnnounced = word?.startsWith(`${etag}|`) === true && isVerdict(word);
      return etag === this.#estate.blobs[name]?.etag && content?.kind === "header" && isAnnounced;
    });
  }

  // The end: whether it has come, and whether it is right.

  #isListed(migrationId: string): boolean {
    const { lines, migrations } = this.#estate;
    return lines[migrationId]?.version === migrations[migrationId]?.version;
  }

  #isMissed({ kind, folder, migrationId, drops }: Life): boolean {
    const announcedMinute = (index: number) =>
      this.#announcedAt.get(`${folder}/${drops[index]?.fileName}`) ?? Number.POSITIVE_INFINITY;
    const run = this.#estate.migrations[migrationId]?.migration.run ?? 0;
    return kind.isMissed?.({ announcedMinute, run }) ?? false;
  }

  readonly #runsOf = (life: Life): number => (this.#isMissed(life) ? 1 : life.kind.runs);

  #isAllAtRest(): boolean {
    return (
      this.#minute() > 60 &&
      this.#estate.outbox.length === 0 &&
      this.#lives.every((life) => {
        const migration = this.#estate.migrations[life.migrationId]?.migration;
        return (
          migration?.state === life.kind.ends &&
          migration.run === this.#runsOf(life) &&
          this.#isRead(life) &&
          this.#isListed(life.migrationId)
        );
      }) &&
      Object.entries(this.#estate.instances).every(
        ([id, status]) => status !== "Running" || this.#runs.get(id)?.past.length === 0,
      )
    );
  }

  faults(): readonly string[] {
    const { illegal, outbox, queues } = this.#estate;
    const over = ({ migrationId, run }: { migrationId: string; run: number }) => {
      const migration = this.#estate.migrations[migrationId]?.migration;
      return !migration || migration.run !== run || hasEnded(migration);
    };
    return [
      ...illegal.map((move) => `an illegal move: ${move}`),
      ...outbox.map(({ type }) => `${type} was never told`),
      ...Object.values(queues).flatMap(({ queue }) =>
        queue.tickets.filter(over).map(({ migrationId }) => `${migrationId} keeps its place on the VM`),
      ),
      ...this.#lives.flatMap((life) =>
        this.#faultsOf(life).map((fault) => `${life.folder}, ${life.kind.name}: ${fault}`),
      ),
    ];
  }

  #faultsOf(life: Life): readonly string[] {
    const { kind, migrationId, vm, folder } = life;
    const runs = this.#runsOf(life);
    const facts: MigrationFacts | undefined = this.#estate.migrations[migrationId];
    if (!facts) return ["it is not there"];
    const { migration, requests } = facts;
    const { state, run, stalled } = migration;
    const key = targetKey({ sqlVmResourceId: vm, databaseName: folder });
    const asked = this.#estate.journal.filter(({ target }) => target === key);
    const count = (what: string) => asked.filter((one) => one.what === what).length;
    const canceled = asked.filter(({ what, accepted }) => what === "cancel" && accepted); // asked again until it shows
    const operation = this.#estate.operations[key];
    const isEarly = kind.ends === "canceled" && count("create") === 0; // it was canceled before its turn on the VM
    const last = asked.filter(({ what }) => what === "create").at(-1)?.order;
    return [
      ...(state === kind.ends && run === runs ? [] : [`it is ${state} in run ${run}, not ${kind.ends} in run ${runs}`]),
      ...(stalled ? [`it stands still: ${stalled.what}`] : []),
      ...(this.#isListed(migrationId) ? [] : ["the list shows an older state, or none"]),
      ...(count("create") === kind.taken || isEarly ? [] : [`${count("create")} creates`]),
      ...(count("cutOver") === Number(kind.mode === "online" && kind.ends === "succeeded")
        ? []
        : [`${count("cutOver")} cutovers`]),
      ...(canceled.length === (kind.ends === "canceled" ? count("create") : 0) ? [] : [`${canceled.length} cancels`]),
      ...(operation && !["succeeded", "failed", "canceled"].includes(phaseOf(this.#estate, operation))
        ? ["DMS goes on"]
        : []),
      ...(last && last.mode !== kind.mode ? [`${last.mode} was sent`] : []),
      ...(last && kind.mode === "offline" && last.lastBackupName !== life.drops.at(-1)?.fileName
        ? [`it ends with ${last.lastBackupName}`]
        : []),
      ...(state === "succeeded" && migration.summary?.restoredTo?.lsn !== life.drops.at(-1)?.set?.lastLsn
        ? ["something is not restored"]
        : []),
      ...(hasEnded(migration)
        ? Object.values<MigrationRequest>(requests)
            .filter(({ outcome }) => !outcome)
            .map((request) => `nobody answers the request to ${request.kind}`)
        : []),
      ...this.#silences(life),
    ];
  }

  /** What was announced too often, too seldom, or in the wrong order. */
  #silences(life: Life): readonly string[] {
    const { kind, migrationId, drops } = life;
    const isMissed = this.#isMissed(life);
    const ours = this.#told.filter(({ data }) => data.migrationId === migrationId);
    // A repeated event has the same id.
    const told = ours.filter(({ id }, index) => ours.findIndex((event) => event.id === id) === index);
    const count = (type: string) => told.filter((event) => event.type === `com.sqlferry.${type}`).length;
    const expected: Readonly<Record<string, number>> = {
      "migration.succeeded": Number(kind.ends === "succeeded"),
      "migration.canceled": Number(kind.ends === "canceled"),
      "migration.failed": 0,
      "migration.stalled": 0,
      "backup.rejected": 0,
      "backup.accepted": drops.filter(({ set }) => set).length,
      "cutover.completed": Number(kind.ends === "succeeded" && kind.mode === "online"),
      ...kind.events,
    };
    // A gap that shrinks is announced anew, and as healed only once.
    const gap = told.findLast(({ type }) => type.includes("chain.gap"))?.type;
    return [
      ...(kind.ends === "succeeded" && gap?.endsWith("detected") ? ["no gap was told as healed"] : []),
      ...(kind.gap && !isMissed && gap === undefined ? ["no gap was told"] : []),
      ...Object.entries(expected).flatMap(([type, times]) =>
        count(type) === times || (isMissed && type in kind.events)
          ? []
          : [`${type} told ${count(type)} times instead of ${times}`],
      ),
      ...told.flatMap((event, index) =>
        event.time < (told[index - 1]?.time ?? "") ? [`${event.type} was told too late`] : [],
      ),
    ];
  }
}
