// Builds the OpenAPI 3.1 document of the API from the routes, and from the schemas by which requests are checked and
// answers are built.
//
// Requests refuse members that they do not list. Answers may gain members in later versions, so the document leaves
// them open.
import { z } from "zod";
import { PROBLEM_BODIES } from "./problemBodies.ts";
import { PROBLEMS, type ProblemName } from "./problems.ts";
import {
  ANSWER_HEADERS,
  type Answer,
  type AnswerHeader,
  problemsOf,
  REQUEST_HEADERS,
  type Route,
  type Tag,
} from "./routes/route.ts";
import { ROUTE_NAMES, ROUTES, type RouteName } from "./routes.ts";
import { COMPONENTS } from "./shapes.ts";

type Json = Readonly<Record<string, unknown>>;

export interface OpenApi {
  readonly openapi: "3.1.0";
  readonly info: Json & { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> } & Json;
  readonly [other: string]: unknown;
}

const TAGS: Readonly<Record<Tag, string>> = {
  migrations: "Migrations: registered, listed, and everything about one of them",
  commands: "What people ask of a migration",
  assessments: "What is known of source servers: findings, and the size that they need",
  services: "Migration services of DMS, and the hosts of their integration runtimes",
  status: "How sqlferry is, and what its API is",
  page: "The status page",
};

const DESCRIPTION =
  "sqlferry moves SQL Server databases to SQL Server on Azure virtual machines. Times are UTC in ISO 8601 where " +
  "nothing else is said; the source's wall clock has no zone. Log sequence numbers are decimal text. Problems are " +
  "those of RFC 9457: their type ends in a stable name, and what it begins with is the setting PROBLEMS_BASE. " +
  "Answers may gain members: ignore those that you do not know. No answer may be cached.";

const PROBLEMS_BASE = "https://sqlferry.dev/problems/";

/** For this version of sqlferry. The same at every call. */
export function openApi(version: string): OpenApi {
  const responses = new Map<string, Json>();
  const paths: Record<string, Record<string, Json>> = {};
  for (const name of ROUTE_NAMES) {
    const route = ROUTES[name];
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(name, route, responses) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "sqlferry",
      version,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: schemas(),
      responses: Object.fromEntries([...responses].sort(([one], [other]) => (one < other ? -1 : 1))),
      examples: Object.fromEntries(Object.keys(PROBLEMS).map((name) => [name, exampleOf(name as ProblemName)])),
      headers: Object.fromEntries(
        alwaysSomewhere([paths, [...responses.values()]]).map((name) => [name, { required: true, ...header(name) }]),
      ),
      securitySchemes: {
        entraId: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description:
            "A token of Entra ID for the app's registration. The role that an operation names is the least app role; " +
            "Ferry.Admin has all.",
        },
      },
    },
  };
}

function operation(name: RouteName, route: Route, responses: Map<string, Json>): Json {
  const { tag, summary, role, parameters = {}, query, headers = [], body, answers } = route;
  return {
    operationId: name.charAt(0).toLowerCase() + name.slice(1),
    tags: [tag],
    summary,
    security: role === "anybody" ? [] : [{ entraId: [role] }],
    ...listed("parameters", [
      ...Object.entries(parameters).map(([parameter, { schema, example }]) => ({
        name: parameter,
        in: "path",
        required: true,
        ...described(schema),
        example,
      })),
      ...Object.entries(query?.shape ?? {}).map(([parameter, schema]) => ({
        name: parameter,
        in: "query",
        ...described(schema as z.ZodType),
      })),
      ...headers.map((header) => ({
        name: header,
        in: "header",
        description: REQUEST_HEADERS[header],
        schema: { type: "string" },
      })),
    ]),
    ...(body && {
      requestBody: {
        description: "At most 1 MiB. An empty body counts as {}",
        content: { "application/json": { schema: reference(body.schema), example: body.example } },
      },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, answered(answer)])),
      ...refused(route, responses),
    },
  };
}

const listed = (name: string, items: readonly Json[]): Json => (items.length > 0 ? { [name]: items } : {});

/** A parameter's schema, with its description beside it. */
function described(schema: z.ZodType): Json {
  const { description, ...rest } = jsonSchemaOf(schema);
  return { ...(description !== undefined && { description }), schema: rest };
}

function answered({ description, body, media = [], headers = [], mayHave = [], example }: Answer): Json {
  const json = body && { schema: reference(body), ...(example !== undefined && { example }) };
  const others = Object.fromEntries(media.map((type) => [type, { schema: { type: "string" } }]));
  return {
    description,
    ...headersOf(headers, mayHave),
    ...((json || media.length > 0) && { content: { ...(json && { "application/json": json }), ...others } }),
  };
}

const header = (name: AnswerHeader): Json => ({
  description: ANSWER_HEADERS[name],
  schema: { type: name === "Retry-After" ? "integer" : "string" },
});

function headersOf(always: readonly AnswerHeader[], sometimes: readonly AnswerHeader[] = []): Json {
  const headers = Object.fromEntries([
    ...always.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
    ...sometimes.map((name) => [name, header(name)]),
  ]);
  return always.length + sometimes.length > 0 ? { headers } : {};
}

/** The headers that are always present in at least one answer. */
const alwaysSomewhere = (answers: unknown): AnswerHeader[] =>
  (Object.keys(ANSWER_HEADERS) as AnswerHeader[]).filter((name) =>
    JSON.stringify(answers).includes(`"#/components/headers/${name}"`),
  );

/** By status; an equal set of problems is written once, and referred to. */
function refused(route: Route, responses: Map<string, Json>): Json {
  const byStatus = Map.groupBy(problemsOf(route), (name) => PROBLEMS[name].status);
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => {
      const id = names.toSorted().join(".");
      responses.set(id, problemsTogether(names.toSorted()));
      const own = route.answers[status as keyof Route["answers"]];
      if (own) throw new Error(`${route.method} ${route.path} has two meanings of ${status}.`);
      return [status, { $ref: `#/components/responses/${id}` }];
    }),
  );
}

function problemsTogether(names: readonly ProblemName[]): Json {
  const bodies = names.map((name) => reference(PROBLEM_BODIES[name]));
  return {
    description: names.map((name) => PROBLEMS[name].title).join(" Or: "),
    ...headersOf(...headersOfProblems(names)),
    content: {
      "application/problem+json": {
        schema: bodies.length === 1 ? bodies[0] : { oneOf: bodies },
        examples: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/examples/${name}` }])),
      },
    },
  };
}

/** Members that are headers as well (functions/http/problem.ts): those of all the problems, and those of some. */
function headersOfProblems(names: readonly ProblemName[]): [AnswerHeader[], AnswerHeader[]] {
  const has = (member: string) => (name: ProblemName) => member in PROBLEMS[name].members.shape;
  const members = [
    ["Retry-After", "retryAfterSeconds"],
    ["ETag", "planVersion"],
  ] as const;
  const always = members.filter(([, member]) => names.every(has(member))).map(([name]) => name);
  const some = members.filter(([, member]) => names.some(has(member))).map(([name]) => name);
  return [always, some.filter((name) => !always.includes(name))];
}

function exampleOf(name: ProblemName): Json {
  const { title, status, example } = PROBLEMS[name];
  return { summary: title, value: { type: PROBLEMS_BASE + name, title, status, ...example } };
}

const PLACE = "#/components/schemas/";

function reference(schema: z.ZodType): Json {
  const id = COMPONENTS.get(schema)?.id;
  if (id === undefined) throw new Error("A body of the API has no name: see component().");
  return { $ref: PLACE + id };
}

/** All that have a name, sorted by it. */
function schemas(): Readonly<Record<string, Json>> {
  const made = z.toJSONSchema(COMPONENTS, { io: "input", uri: (id) => PLACE + id, override: plain }).schemas;
  const named = new Map(Object.entries(made).map(([id, schema]) => [id, without(schema, "$schema", "$id")]));
  const asked = requested(named);
  return Object.fromEntries(
    [...named]
      .map(([id, schema]) => [id, asked.has(id) ? schema : opened(schema)] as [string, Json])
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

const jsonSchemaOf = (schema: z.ZodType): Json =>
  without(z.toJSONSchema(schema, { io: "input", override: plain }), "$schema");

const without = (schema: object, ...names: readonly string[]): Json =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)));

/** Leaves out what only says how zod represents a value, and patterns that mean something else without their flag. */
const plain = ({ zodSchema, jsonSchema }: Parameters<NonNullable<z.core.ToJSONSchemaParams["override"]>>[0]): void => {
  delete jsonSchema.readOnly; // set on lists because our types are readonly
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  const patterns: Iterable<RegExp> = (zodSchema._zod.bag as { patterns?: Iterable<RegExp> }).patterns ?? [];
  if (jsonSchema.format !== undefined || [...patterns].some(({ ignoreCase }) => ignoreCase)) delete jsonSchema.pattern;
};

/** The names of the schemas that are used in requests, directly or through others. */
function requested(named: ReadonlyMap<string, Json>): ReadonlySet<string> {
  const found = new Set<string>();
  const follow = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { $ref } = value as { $ref?: unknown };
    const id = typeof $ref === "string" ? $ref.slice(PLACE.length) : undefined;
    if (id !== undefined && !found.has(id)) {
      found.add(id);
      follow(named.get(id));
    }
    for (const member of Object.values(value)) follow(member);
  };
  for (const { body } of Object.values(ROUTES)) if (body) follow(reference(body.schema));
  return found;
}

/** The same, with room for members of later versions. */
function opened(schema: Json): Json {
  const open = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(open);
    if (typeof value !== "object" || value === null) return value;
    const members = Object.entries(value).filter(([name, of]) => !(name === "additionalProperties" && of === false));
    return Object.fromEntries(members.map(([name, member]) => [name, open(member)]));
  };
  return open(schema) as Json;
}
