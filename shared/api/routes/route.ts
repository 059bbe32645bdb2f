// Defines how a route is described: which role it needs, what it takes, and everything that it may answer.
import { z } from "zod";
import type { ProblemName } from "../problems.ts";
import type { Role } from "../roles.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** By subject, as the document groups the routes. */
export type Tag = "migrations" | "commands" | "assessments" | "services" | "status" | "page";

/** Headers of requests that sqlferry reads. */
export const REQUEST_HEADERS = {
  "If-Match": 'What you have seen: the plan, "<planVersion>"; of a change the registration, "<registrationVersion>"',
  "If-None-Match":
    'What you have: the plan, "<planVersion>"; of the list of migrations its "<changeToken>". Answered 304 while it is the same',
  "Idempotency-Key":
    "1 to 255 printable ASCII characters of your choice. The same request under the same key is carried out once, " +
    "and answered as at first for a day",
} as const;
type RequestHeader = keyof typeof REQUEST_HEADERS;

/** Headers of answers, besides those that every answer over HTTP has. */
export const ANSWER_HEADERS = {
  ETag: 'The plan of now: "<planVersion>"; of the list of migrations its "<changeToken>"',
  Location: "Where it is found, or where to ask how it went",
  "Retry-After": "Seconds until it is worth asking again",
  "Idempotency-Replayed": "true: it was carried out before, under the same Idempotency-Key",
  "Content-Security-Policy": "What the page may load",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
} as const;
export type AnswerHeader = keyof typeof ANSWER_HEADERS;

/** A successful answer. */
export interface Answer {
  readonly description: string;
  /** A component; absent: no body, or one of `media`. */
  readonly body?: z.ZodType;
  /** Of a body that is not JSON. */
  readonly media?: readonly string[];
  readonly headers?: readonly AnswerHeader[];
  readonly mayHave?: readonly AnswerHeader[];
  readonly example?: unknown;
}

export interface Route {
  readonly method: Method;
  readonly path: `/${string}`;
  readonly tag: Tag;
  /** What it does, in a line. */
  readonly summary: string;
  /** "anybody": no sign-in is required. */
  readonly role: Role | "anybody";
  /** One for each name in braces. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly query?: z.ZodObject;
  readonly headers?: readonly RequestHeader[];
  /** A component, and an example that it accepts. */
  readonly body?: { readonly schema: z.ZodType; readonly example: object };
  readonly answers: Readonly<Partial<Record<200 | 201 | 202 | 204 | 304 | 503, Answer>>>;
  /** Besides those of every route. */
  readonly problems: readonly ProblemName[];
}

interface Parameter {
  readonly schema: z.ZodType;
  readonly example: string;
}

const parameter = (description: string, example: string): Parameter => ({
  schema: z.string().describe(description),
  example,
});

export const ID_OF_MIGRATION = { id: parameter("Id of the migration", "sales-1a2b3c4d") };
export const ID_OF_ASSESSMENT = { id: parameter("Id of the assessment", "sql01-95784b76") };
export const CHECK = { check: parameter("The check, such as S10", "S10") };
export const REQUEST = { requestId: parameter("As in the answer 202", "sales-1a2b3c4d-run-1-cancel-1") };
export const SERVICE = { name: parameter("Name of the migration service", "sqlferry-dms") };
export const NODE = { node: parameter("Name of the host", "HOST1") };
export const VM = { name: parameter("Key of the VM, as in the answer of GET /api/v1/vms", "sqlvm-07-c93893f6") };
export const FILE = { file: parameter("Name of the file", "page.js") };

/** Any signed-in caller may be refused so; a table may be unreachable or unreadable. */
const OF_EVERY_ROUTE: readonly ProblemName[] = [
  "not-signed-in",
  "role-missing",
  "row-unreadable",
  "internal-error",
  "storage-unavailable",
];
/** Also where nothing is taken from the body: it is read all the same. */
const OF_A_BODY: readonly ProblemName[] = ["validation", "too-large"];
const OF_A_KEY: readonly ProblemName[] = ["idempotency-mismatch", "busy"];

/** For a request that is carried out once under one key. */
export const KEYED = { headers: ["Idempotency-Key"] } as const;
export const REPLAYED = { mayHave: ["Idempotency-Replayed"] } as const;

/** All problems with which a route may refuse a request. */
export function problemsOf({ method, role, headers = [], problems }: Route): ReadonlySet<ProblemName> {
  return new Set([
    ...(role === "anybody" ? [] : OF_EVERY_ROUTE),
    ...(method === "GET" ? [] : OF_A_BODY),
    ...(headers.includes("Idempotency-Key") ? OF_A_KEY : []),
    ...problems,
  ]);
}
