// What does sqlferry's API answer? Requests, problems (RFC 9457) as errors with an exit code, and the fields that the verbs show.
import { setTimeout as sleep } from "node:timers/promises";
import type { Given } from "./command.ts";
import { EXIT, type ExitCode, FerryError } from "./exit.ts";
import { didYouMean } from "./exports/nearest.ts";
import { printable } from "./print/print.ts";

/** GET /migrations, one item, or what GET /migrations/{id} has of the same. Everything but the id may be missing. */
export interface MigrationLine {
  readonly migrationId: string;
  readonly state?: string;
  readonly mode?: string;
  readonly start?: string;
  readonly run?: number;
  readonly source?: { readonly container?: string; readonly folder?: string };
  /** On the list the VM's name, of one migration its id. */
  readonly target?: { readonly vm?: string; readonly sqlVmResourceId?: string; readonly databaseName?: string };
  readonly verdict?: string;
  readonly planVersion?: string;
  readonly files?: number;
  readonly closed?: boolean;
  readonly lastBackupName?: string;
  /** On the list: there are files, and no full backup to begin with. */
  readonly noPlan?: boolean;
  /** Of one migration: of backups. */
  readonly planLength?: number;
  /** A count on the list; each of them, of one migration. */
  readonly gaps?: number | readonly Gap[];
  /** On the list: how many files cannot be used and may be newer than the plan. */
  readonly unusable?: number;
  /** Of one migration: each of them. */
  readonly unusableNewer?: readonly { readonly file?: string }[];
  readonly states?: Readonly<Record<string, number>>;
  readonly restoredTo?: Position;
  readonly restorableTo?: Position;
  readonly failure?: { readonly message?: string; readonly cause?: string; readonly remedy?: string };
  readonly waitingOn?: WaitingOn;
  readonly assessed?: { readonly blocks?: number };
  readonly stalled?: { readonly what?: string; readonly since?: string };
}

export interface Gap {
  readonly fromLsn?: string;
  readonly toLsn?: string;
  readonly healedBy?: readonly string[];
  /** UTC. */
  readonly deadline?: string;
  readonly overdue?: boolean;
}

/** What outside sqlferry holds the run up. */
export interface WaitingOn {
  readonly what?: string;
  /** UTC. */
  readonly since?: string;
  readonly cause?: string;
  readonly remedy?: string;
}

export interface Position {
  readonly lsn?: string;
  readonly time?: string;
}

/** GET /migrations/{id}/files, one item. */
export interface FileRow {
  readonly name: string;
  readonly type?: string;
  readonly state?: string;
  readonly verdict?: string;
  readonly reason?: string;
  readonly detail?: string;
  readonly remedy?: string;
  readonly position?: number;
}

export interface Files {
  readonly planVersion?: string;
  readonly items: readonly FileRow[];
}

/** A list's answer. */
interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
}

export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
  /** Of validation: what is wrong where in the request. */
  readonly errors?: readonly { readonly pointer?: string; readonly message?: string }[];
  /** Of a migration that is in another state than the request takes. */
  readonly state?: string;
  readonly alsoRefusedFor?: readonly { readonly detail?: string }[];
  readonly migrationId?: string;
  /** Of other-database-name. */
  readonly sourceDatabaseName?: string;
}

export type Answer<Body> =
  | { readonly ok: true; readonly status: number; readonly body: Body }
  | { readonly ok: false; readonly status: number; readonly problem: Problem };

export interface Api {
  get<Body>(path: string): Promise<Body>;
  /** Throws only when nobody answers; a refusal is an answer. */
  post<Body>(path: string, body: unknown, planVersion?: string): Promise<Answer<Body>>;
  put<Body>(path: string, body: unknown): Promise<Answer<Body>>;
  delete(path: string): Promise<Answer<unknown>>;
}

const DEFAULT_BASE = "http://localhost:7071";

/** What only reads is asked again after a 503, as often and as long as this at most. */
const MOST_REPETITIONS = 5;
const MOST_PAUSE_SECONDS = 120;

/** Seconds until a GET that was answered 503 is worth repeating; undefined when it is not, or has been repeated enough. */
export function pauseBefore(
  repetition: number,
  pausedSeconds: number,
  { status, retryAfter }: { readonly status: number; readonly retryAfter: string | null },
): number | undefined {
  if (status !== 503 || repetition > MOST_REPETITIONS) return undefined;
  const seconds = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : 5;
  const pause = Math.max(1, seconds);
  return pausedSeconds + pause <= MOST_PAUSE_SECONDS ? pause : undefined;
}

/** An address without a scheme is the commonest mistake; anything else that is none is told the same way. */
function addressOf(given: Given): string {
  const said = given.text("api") ?? process.env["SQLFERRY_API"] ?? DEFAULT_BASE;
  if (/^https?:\/\/./i.test(said) && URL.canParse(said)) return said.replace(/\/+$/, "");
  const meant = URL.canParse(`http://${said}`) && !said.includes("://") ? ` Did you mean http://${said}?` : "";
  throw new FerryError(
    EXIT.usage,
    `--api (or SQLFERRY_API) is an address that begins with http:// or https://, not "${said}".${meant}`,
  );
}

const isNoTls = ({ cause }: Error): boolean =>
  cause instanceof Error && "code" in cause && /^(ERR_SSL_WRONG_VERSION_NUMBER|EPROTO)$/.test(String(cause.code));

/** From --api, SQLFERRY_API or the local stack; SQLFERRY_TOKEN is sent as bearer token. */
export function apiOf(given: Given): Api {
  const address = addressOf(given);
  const base = `${address}/api/v1`;
  const token = process.env["SQLFERRY_TOKEN"];
  const askOnce = async <Body>(
    method: string,
    path: string,
    body?: unknown,
    planVersion?: string,
  ): Promise<{ readonly answer: Answer<Body>; readonly retryAfter: string | null }> => {
    const response = await fetch(base + path, {
      method,
      headers: {
        accept: "application/json",
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(planVersion !== undefined && { "if-match": `"${planVersion}"` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw new FerryError(
        EXIT.failed,
        isNoTls(error)
          ? `What answers at ${address} speaks no TLS: is its address http:// instead of https://?`
          : `Nobody answers at ${base}: ${causeOf(error)}. Is sqlferry running (npm start)?`,
      );
    });
    const text = await response.text();
    const parsed = jsonOf(text);
    const { ok, status } = response;
    if (text.trim() !== "" && parsed === undefined)
      throw new FerryError(
        EXIT.failed,
        `What answers at ${address} is not sqlferry's API: ${status}, ${response.headers.get("content-type") ?? "of no type"}. Expected JSON; look at --api or SQLFERRY_API, which is the address alone, without a path.`,
      );
    return {
      answer: ok ? { ok, status, body: parsed as Body } : { ok, status, problem: (parsed ?? {}) as Problem },
      retryAfter: response.headers.get("retry-after"),
    };
  };
  /** Only what reads is repeated: whether a change was noted before the answer was lost, its repetition by a person tells. */
  const get = async <Body>(path: string): Promise<Answer<Body>> => {
    let paused = 0;
    for (let repetition = 1; ; repetition++) {
      const { answer, retryAfter } = await askOnce<Body>("GET", path);
      const pause = pauseBefore(repetition, paused, { status: answer.status, retryAfter });
      if (answer.ok || pause === undefined) return answer;
      console.error(printable(`${sentencesOf(answer).join(" ")} Asked again in ${pause} s.`));
      await sleep(1_000 * pause);
      paused += pause;
    }
  };
  const change = async <Body>(
    method: string,
    path: string,
    body?: unknown,
    planVersion?: string,
  ): Promise<Answer<Body>> => (await askOnce<Body>(method, path, body, planVersion)).answer;
  return {
    get: async <Body>(path: string) => accepted(await get<Body>(path)),
    post: (path, body, planVersion) => change("POST", path, body, planVersion),
    put: (path, body) => change("PUT", path, body),
    delete: (path) => change("DELETE", path),
  };
}

/** The option that a member of the request was given by, under its JSON pointer: "--vm" for "/target/sqlVmResourceId". */
export type OptionOf = Readonly<Record<string, string>>;

/** The body of a success; a refusal is thrown with its sentences and exit code, and with options in the place of members. */
export function accepted<Body>(answer: Answer<Body>, optionOf: OptionOf = {}): Body {
  if (answer.ok) return answer.body;
  throw new FerryError(exitCodeOf(answer.status), sentencesOf(answer, optionOf).join("\n"));
}

const sentencesOf = (
  { status, problem }: Extract<Answer<unknown>, { readonly ok: false }>,
  optionOf: OptionOf = {},
): string[] =>
  [
    `${problem.title ?? UNTITLED[status] ?? `The API answered ${status}.`} ${detailOf(problem, optionOf)}`.trimEnd(),
    ...(problem.alsoRefusedFor ?? []).map(({ detail }) => detail ?? ""),
  ].filter(Boolean);

/** Of answers without a body: those of the host or of App Service, before they reach sqlferry. */
const UNTITLED: Readonly<Record<number, string>> = {
  401: "The API answered 401: nobody is signed in. SQLFERRY_TOKEN takes a token for it.",
  404: "The API answered 404: there is nothing at this path. Is it an older sqlferry, or is --api more than the address alone?",
};

/** What is wrong with the request is told by the options that it was made of; two members of one option are one mistake. */
function detailOf({ detail = "", errors = [] }: Problem, optionOf: OptionOf): string {
  if (!errors.some(({ pointer = "" }) => Object.hasOwn(optionOf, pointer))) return detail;
  const byOption = new Map(
    errors.map(({ pointer = "", message = "" }) => [optionOf[pointer] ?? pointer, message] as const).toReversed(),
  );
  return [...byOption]
    .toReversed()
    .map(([option, message]) => `${option}: ${message}.`)
    .join(" ");
}

/** True when the answer is this problem type. */
export const isProblem = (answer: Answer<unknown>, name: string): boolean =>
  !answer.ok && (answer.problem.type?.endsWith(`/${name}`) ?? false);

function exitCodeOf(status: number): ExitCode {
  if (status === 404) return EXIT.notFound;
  if (status === 400 || status === 422) return EXIT.usage;
  return [403, 409, 412, 428].includes(status) ? EXIT.refused : EXIT.failed;
}

/** Every item of a list, page after page; `onPage` sees each answer. */
async function allOf<Item, Answer extends Page<Item>>(
  api: Api,
  path: string,
  parameters: Readonly<Record<string, string | undefined>> = {},
  onPage: (answer: Answer) => void = () => {},
): Promise<Item[]> {
  const given = Object.entries(parameters).filter((one): one is [string, string] => one[1] !== undefined);
  const query = new URLSearchParams(given);
  const all: Item[] = [];
  for (;;) {
    const answer = await api.get<Answer>(query.size === 0 ? path : `${path}?${query}`);
    onPage(answer);
    all.push(...answer.items);
    if (answer.nextCursor === undefined) return all;
    query.set("cursor", answer.nextCursor);
  }
}

/** What of the list: states, VMs and source servers, several with , between them; part of a name. */
export interface ListFilters {
  readonly state?: string | undefined;
  readonly vm?: string | undefined;
  readonly source?: string | undefined;
  readonly q?: string | undefined;
}

/** All pages of GET /migrations. */
export const allMigrations = (api: Api, filters: ListFilters = {}): Promise<MigrationLine[]> =>
  allOf(api, "/migrations", { ...filters });

/** All pages of GET /migrations/{id}/files; the plan version is that of the first. */
export async function allFiles(api: Api, migrationId: string): Promise<Files> {
  let planVersion: string | undefined;
  const items = await allOf<FileRow, Files & Page<FileRow>>(api, `/migrations/${migrationId}/files`, {}, (answer) => {
    planVersion ??= answer.planVersion;
  });
  return { items, ...(planVersion !== undefined && { planVersion }) };
}

/** By id, folder or database name (without case); several of one name have to be told apart by id. */
export async function findMigration(api: Api, wanted: string): Promise<MigrationLine> {
  const found = oneCalled(await allMigrations(api, { q: wanted }), wanted);
  if (found) return found;
  const all = await allMigrations(api);
  const names = all.flatMap(({ source, target }) => [source?.folder ?? "", target?.databaseName ?? ""]);
  const hint = didYouMean(wanted, [...new Set(names)].filter(Boolean));
  throw new FerryError(EXIT.notFound, `There is no migration "${wanted}".${hint} ferry list shows all of them.`);
}

function oneCalled(all: readonly MigrationLine[], wanted: string): MigrationLine | undefined {
  const byId = all.find(({ migrationId }) => migrationId === wanted);
  if (byId) return byId;
  const isWanted = (name: string | undefined) => name?.toLowerCase() === wanted.toLowerCase();
  const found = all.filter(({ source, target }) => isWanted(source?.folder) || isWanted(target?.databaseName));
  if (found.length > 1)
    throw new FerryError(
      EXIT.usage,
      `Several migrations are called "${wanted}": ${found.map(({ migrationId }) => migrationId).join(", ")}.`,
    );
  return found[0];
}

const causeOf = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.message);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not ours, or empty
  }
}
