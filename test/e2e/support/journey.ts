// Plays a day with sqlferry from outside: three databases, through the API and storage only, with faults in between if
// a test injects them.
import assert from "node:assert/strict";
import { sourceDatabase } from "../../../local/backups/history.ts";
import type { Answer, Client } from "./client.ts";

/** What must be the same with and without faults. */
export interface Outcome {
  readonly states: Readonly<Record<string, string>>;
  /** The sets that the service restored, in order, by target database. */
  readonly restored: Readonly<Record<string, readonly string[]>>;
  /** The mutations that the service accepted, by target database. */
  readonly accepted: Readonly<Record<string, readonly string[]>>;
  /**
   * Ids of the events about migrations and cutovers. Those about files and chains depend on ETags and on the order of
   * arrival.
   */
  readonly eventIds: readonly string[];
  /**
   * The restored files that were announced as accepted. Whether one that a differential replaced was announced depends
   * on the order of arrival.
   */
  readonly announcedFiles: readonly string[];
}

/** Called between any two steps of the journey, so that a test can inject a fault. */
export type Trouble = () => Promise<void>;

/** `suffix` is added to the names of the databases, where the usual ones may be taken. */
export async function journey(client: Client, trouble: Trouble = async () => {}, suffix = ""): Promise<Outcome> {
  const named = async (name: string, mode: string): Promise<Journey> => {
    const database = `${name}${suffix}`;
    return { client, trouble, database, id: await client.register(database, { mode }) };
  };
  const [orders, customers, stock] = await Promise.all([
    named("Orders", "offline"),
    named("Customers", "online"),
    named("Stock", "online"),
  ]);
  await Promise.all([offlineToSucceeded(orders), onlineToSucceeded(customers), onlineToCanceled(stock)]);
  return outcomeOf(client, { orders: orders.id, customers: customers.id, stock: stock.id });
}

interface Journey {
  readonly client: Client;
  readonly trouble: Trouble;
  /** Also the name of its folder. */
  readonly database: string;
  readonly id: string;
}

const startedAt = "2025-11-24T21:00:00";

/** Full, differential, two logs and the tail: it completes by itself. */
async function offlineToSucceeded({ client, trouble, database, id }: Journey): Promise<void> {
  const source = sourceDatabase({ name: database, startedAt });
  const full = source.full();
  const files = [full, source.log(), source.differential(), source.log()];
  await client.upload(database, files);
  await trouble();
  await client.file(id, `${database}/${full.fileName}`, (file) => file.verdict === "selected");
  const waiting = await ask(client, "GET", `/api/v1/migrations/${id}`);
  assert.equal(waiting.body.state, "waitingForChain", "offline waits for the tail log or the word");
  await client.upload(database, [source.log({ tail: true })]);
  await trouble();
  await client.reaches(id, "succeeded");
}

/** Ready, a refused cutover, a late log, and the cutover. */
async function onlineToSucceeded({ client, trouble, database, id }: Journey): Promise<void> {
  const source = sourceDatabase({ name: database, startedAt });
  await client.upload(database, [source.full(), source.log(), source.log()]);
  await client.reaches(id, "readyForCutover");
  await trouble();

  const cutover = `/api/v1/migrations/${id}/cutover`;
  const unbound = await ask(client, "POST", cutover, { sourceClosed: true });
  assert.equal(unbound.status, 428);
  const stale = await ask(client, "POST", cutover, { sourceClosed: true }, { "if-match": '"0000000000000000"' });
  assert.equal(stale.status, 412);
  const seen = (await ask(client, "GET", `/api/v1/migrations/${id}`)).body.planVersion;
  const open = await ask(client, "POST", cutover, {}, { "if-match": `"${seen}"` });
  assert.equal(open.status, 409);
  assert.match(open.body.type, /source-not-closed$/);

  const late = source.log({ tail: true });
  await client.upload(database, [late]);
  await trouble();
  await client.file(id, `${database}/${late.fileName}`, (file) => file.state === "Restored");
  const ready = await client.reaches(id, "readyForCutover");
  const bound = { "if-match": `"${ready.planVersion}"` };
  const first = await client.until("the cutover is accepted", async () => {
    const answer = await client.api("POST", cutover, { sourceClosed: true }, bound);
    return answer.status === 202 && answer;
  });
  await trouble();
  const second = await ask(client, "POST", cutover, { sourceClosed: true }, bound);
  assert.equal(second.status, 202);
  assert.equal(second.headers.get("location"), first.headers.get("location"), "two requests, one cutover");
  await client.reaches(id, "succeeded");
  const operation = await ask(client, "GET", first.headers.get("location") ?? "");
  assert.equal(operation.body.status, "done");
}

/** Canceled while it is restored. */
async function onlineToCanceled({ client, trouble, database, id }: Journey): Promise<void> {
  const source = sourceDatabase({ name: database, startedAt });
  await client.upload(database, [source.full(), source.log()]);
  await client.reaches(id, "readyForCutover");
  const canceled = await ask(client, "POST", `/api/v1/migrations/${id}/cancel`, { reason: "not tonight" });
  assert.equal(canceled.status, 202);
  await trouble();
  await client.reaches(id, "canceled");
}

/** Asks until there is an answer: the host may have been killed for another of the databases. */
const ask = (client: Client, ...request: Parameters<Client["api"]>): Promise<Answer> =>
  client.until("the API answers", async () => {
    const answer = await client.api(...request);
    return answer.status < 500 && answer;
  });

async function outcomeOf(client: Client, ids: Record<string, string>): Promise<Outcome> {
  const journal = ((await client.journal()) ?? { mutations: [], runs: [] }) as {
    mutations: { targetDb: string; method: string }[];
    runs: { targetDb: string; restored: { file?: string; backupSetGuid?: string }[] }[];
  };
  const events = await client.until("every event is published", async () => {
    const lists = await Promise.all(Object.values(ids).map((id) => client.events(id)));
    const ends = lists.every((list) => list.some((event: { type: string }) => /succeeded|canceled$/.test(event.type)));
    return ends && lists.flat();
  });
  const restoredFiles = (await Promise.all(Object.values(ids).map((id) => client.files(id))))
    .flat()
    .flatMap(({ name, state }: { name: string; state: string }) => (state === "Restored" ? [name] : []));
  const told = new Set(events.map((event: { id: string }) => event.id));
  assert.equal(told.size, events.length, "no event is published under two ids, or listed twice");
  return {
    states: Object.fromEntries(
      await Promise.all(Object.entries(ids).map(async ([name, id]) => [name, (await client.details(id)).state])),
    ),
    restored: Object.fromEntries(
      journal.runs.map((run) => [
        run.targetDb,
        run.restored.map((set) =>
          JSON.stringify(Object.values(set).filter((value) => !/^20\d\d-/.test(String(value)))),
        ),
      ]),
    ),
    accepted: Object.fromEntries(
      Object.entries(Object.groupBy(journal.mutations, (mutation) => mutation.targetDb)).map(([name, list]) => [
        name,
        (list ?? []).map((mutation) => mutation.method),
      ]),
    ),
    eventIds: events
      .filter((event: { type: string }) => /^com\.sqlferry\.(migration|cutover)\./.test(event.type))
      .map((event: { type: string; id: string }) => `${event.type} ${event.id}`)
      .sort(),
    announcedFiles: [
      ...new Set<string>(
        events
          .filter((event: { type: string }) => event.type === "com.sqlferry.backup.accepted")
          .map((event: { data: { file: string } }) => event.data.file)
          .filter((file: string) => restoredFiles.includes(file)),
      ),
    ].sort(),
  };
}
