// Asks sqlferry's API: sends requests, and turns problems (RFC 9457) into errors with an exit code.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileRow, Files } from "../shared/api/answers/chain.ts";
import type { ListLine } from "../shared/api/answers/migrations.ts";
import type { Problem } from "../shared/api/problems.ts";
import type { Given } from "./command.ts";
import { EXIT, type ExitCode, FerryError } from "./exit.ts";
import { didYouMean } from "./exports/nearest.ts";
import { printable } from "./print/print.ts";

export type Answer<Body> =
  | { readonly ok: true; readonly status: number; readonly body: Body }
  | { readonly ok: false; readonly status: number; readonly problem: Partial<Problem> };

export interface Api {
  get<Body>(path: string): Promise<Body>;
  /**
   * Throws only when nobody answers; a refusal is an answer. One whose answer was lost is sent again, under the same
   * key.
   */
  post<Body>(path: string, body: unknown, planVersion?: string): Promise<Answer<Body>>;
  put<Body>(path: string, body: unknown): Promise<Answer<Body>>;
  patch<Body>(path: string, body: unknown): Promise<Answer<Body>>;
  delete(path: string): Promise<Answer<unknown>>;
}

const DEFAULT_BASE = "http://localhost:7071";

/** What was not answered is asked again, as often and as long as this at most. */
const MOST_REPETITIONS = 5;
const MOST_PAUSE_SECONDS = 120;

/**
 * Seconds until the next repetition, as Retry-After asks for or twice as long each time; undefined when it was
 * repeated enough.
 */
export function pauseBefore(repetition: number, pausedSeconds: number, retryAfter: string | null): number | undefined {
  if (repetition > MOST_REPETITIONS) return undefined;
  const asked = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : 2 ** (repetition - 1);
  const pause = Math.max(1, asked);
  return pausedSeconds + pause <= MOST_PAUSE_SECONDS ? pause : undefined;
}

/**
 * sqlferry does not answer at the moment, or what lies before it has lost the answer. sqlferry's own 502 is Azure's
 * refusal, and final.
 */
const isNoAnswer = (status: number, { type }: Partial<Problem> = {}): boolean =>
  status === 503 || (type === undefined && (status === 502 || status === 504));

interface Said {
  readonly body?: unknown;
  readonly planVersion?: string | undefined;
  /** Of a change: all of its repetitions have the same. */
  readonly key?: string;
}

/** What came back: an answer, or the failure it was lost by. */
type Once<Body> =
  | { readonly answer: Answer<Body>; readonly retryAfter: string | null }
  | { readonly answer?: undefined; readonly retryAfter: null; readonly error: Error };

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

/** The request may have arrived; its answer has not. */
const isLost = ({ cause }: Error): boolean =>
  cause instanceof Error &&
  "code" in cause &&
  /^(ECONNRESET|EPIPE|UND_ERR_(SOCKET|HEADERS_TIMEOUT|BODY_TIMEOUT))$/.test(String(cause.code));

const isNoTls = ({ cause }: Error): boolean =>
  cause instanceof Error && "code" in cause && /^(ERR_SSL_WRONG_VERSION_NUMBER|EPROTO)$/.test(String(cause.code));

/** From --api, SQLFERRY_API or the local stack; SQLFERRY_TOKEN is sent as bearer token. */
export function apiOf(given: Given): Api {
  const address = addressOf(given);
  const base = `${address}/api/v1`;
  const token = process.env["SQLFERRY_TOKEN"];
  const askOnce = async <Body>(method: string, path: string, said: Said): Promise<Once<Body>> => {
    const { body, planVersion, key } = said;
    const response = await fetch(base + path, {
      method,
      headers: {
        accept: "application/json",
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...(planVersion !== undefined && { "if-match": `"${planVersion}"` }),
        ...(key !== undefined && { "idempotency-key": key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = jsonOf(text);
    const { ok, status } = response;
    if (text.trim() !== "" && parsed === undefined && !isNoAnswer(status))
      throw new FerryError(
        EXIT.failed,
        `What answers at ${address} is not sqlferry's API: ${status}, ${response.headers.get("content-type") ?? "of no type"}. Expected JSON; look at --api or SQLFERRY_API, which is the address alone, without a path.`,
      );
    return {
      answer: ok ? { ok, status, body: parsed as Body } : { ok, status, problem: (parsed ?? {}) as Partial<Problem> },
      retryAfter: response.headers.get("retry-after"),
    };
  };
  const unanswered = (error: Error): FerryError =>
    new FerryError(
      EXIT.failed,
      isNoTls(error)
        ? `What answers at ${address} speaks no TLS: is its address http:// instead of https://?`
        : `Nobody answers at ${base}: ${causeOf(error)}. Is sqlferry running (npm start)?`,
    );
  /**
   * Until there is an answer. A change that was carried out before its answer was lost is known by its key, and is
   * not carried out twice.
   */
  const ask = async <Body>(method: string, path: string, said: Said = {}): Promise<Answer<Body>> => {
    let paused = 0;
    for (let repetition = 1; ; repetition++) {
      const once = await askOnce<Body>(method, path, said).catch((error: Error): Once<Body> => {
        if (error instanceof FerryError) throw error;
        if (repetition === 1 && !isLost(error)) throw unanswered(error);
        return { retryAfter: null, error };
      });
      const { answer, retryAfter } = once;
      if (answer && (answer.ok || !isNoAnswer(answer.status, answer.problem))) return answer;
      const pause = pauseBefore(repetition, paused, retryAfter);
      if (pause === undefined) {
        if (answer) return answer;
        throw unanswered(once.error);
      }
      const why = answer ? sentencesOf(answer).join(" ") : `The answer was lost: ${causeOf(once.error)}.`;
      console.error(printable(`${why} Asked again in ${pause} s.`));
      await sleep(1_000 * pause);
      paused += pause;
    }
  };
  const change = <Body>(method: string, path: string, said: Said = {}): Promise<Answer<Body>> =>
    ask(method, path, { ...said, key: randomUUID() });
  return {
    get: async <Body>(path: string) => accepted(await ask<Body>("GET", path)),
    post: (path, body, planVersion) => change("POST", path, { body, planVersion }),
    put: (path, body) => change("PUT", path, { body }),
    patch: (path, body) => change("PATCH", path, { body }),
    delete: (path) => change("DELETE", path),
  };
}

/**
 * The option that a member of the request was given by, under its JSON pointer: "--vm" for "/target/sqlVmResourceId".
 */
export type OptionOf = Readonly<Record<string, string>>;

/**
 * The body of a success; a refusal is thrown with its sentences and exit code, and with options in the place of
 * members.
 */
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

/**
 * What is wrong with the request is told by the options that it was made of; two members of one option are one
 * mistake.
 */
function detailOf({ detail = "", errors = [] }: Partial<Problem>, optionOf: OptionOf): string {
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

/** A list's answer. */
interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string;
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

/** What of the list: states, VMs, source servers and waves, several with , between them; part of a name. */
export interface ListFilters {
  readonly state?: string | undefined;
  readonly vm?: string | undefined;
  readonly source?: string | undefined;
  readonly wave?: string | undefined;
  readonly q?: string | undefined;
}

/** All pages of GET /migrations. */
export const allMigrations = (api: Api, filters: ListFilters = {}): Promise<ListLine[]> =>
  allOf(api, "/migrations", { ...filters });

/** All pages of GET /migrations/{id}/files; the plan version is that of the first. */
export async function allFiles(api: Api, migrationId: string): Promise<Files> {
  let planVersion = "";
  const items = await allOf<FileRow, Files>(api, `/migrations/${migrationId}/files`, {}, (answer) => {
    planVersion ||= answer.planVersion;
  });
  return { items, planVersion };
}

/** By id, folder or database name (without case); several of one name have to be told apart by id. */
export async function findMigration(api: Api, wanted: string): Promise<ListLine> {
  const found = oneCalled(await allMigrations(api, { q: wanted }), wanted);
  if (found) return found;
  const all = await allMigrations(api);
  const names = all.flatMap(({ source, target }) => [source?.folder ?? "", target?.databaseName ?? ""]);
  const hint = didYouMean(wanted, [...new Set(names)].filter(Boolean));
  throw new FerryError(EXIT.notFound, `There is no migration "${wanted}".${hint} ferry list shows all of them.`);
}

function oneCalled(all: readonly ListLine[], wanted: string): ListLine | undefined {
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
