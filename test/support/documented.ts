// Checks answers against the OpenAPI document: a status, header or member that it does not list is a fault.
import assert from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { openApi } from "../../shared/api/openApi.ts";
import { ROUTE_NAMES, ROUTES, type RouteName } from "../../shared/api/routes.ts";

export interface Told {
  readonly status: number;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it was sent; "" without one. */
  readonly text: string;
}

interface Header {
  readonly required?: boolean;
  readonly schema: { readonly type: string };
}

interface Response {
  readonly headers?: Readonly<Record<string, Header | Reference>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Reference {
  readonly $ref: string;
}
type Schema = { readonly oneOf?: readonly Reference[] } & Partial<Reference>;

const DOCUMENT = openApi("0.0.0");

/** Headers of HTTP and of hosts, which say nothing about an answer's meaning. */
const OF_HTTP = [
  "cache-control",
  "connection",
  "content-length",
  "content-type",
  "date",
  "keep-alive",
  "server",
  "transfer-encoding",
  "x-powered-by",
];

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addFormat("date-time", (text: string) => !Number.isNaN(Date.parse(text)) && /^\d{4}-\d\d-\d\dT.*Z$/.test(text));
ajv.addFormat("uuid", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i);
ajv.addSchema({ $id: "openapi", ...(closed(DOCUMENT) as object) });

const compiled = new Map<string, ValidateFunction>();
function validatorOf(place: string): ValidateFunction {
  const known = compiled.get(place) ?? ajv.compile({ $ref: `openapi${place}` });
  compiled.set(place, known);
  return known;
}

/** Closes schemas to members of later versions: today's answers have none. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  const isShape = members["type"] === "object" && "properties" in members && !("additionalProperties" in members);
  return isShape ? { ...members, additionalProperties: false } : members;
}

const isReference = (value: object): value is Reference => "$ref" in value;

function resolved<Value extends object>(value: Value | Reference): Value {
  if (!isReference(value)) return value;
  const steps = value.$ref.slice(2).split("/");
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], DOCUMENT) as Value;
}

/** The route that a request reaches; undefined: none. */
export function routeOf(method: string, path: string): RouteName | undefined {
  const segments = path.split("/");
  return ROUTE_NAMES.find((name) => {
    const route = ROUTES[name];
    const named = route.path.split("/");
    return (
      route.method === method &&
      named.length === segments.length &&
      named.every((segment, at) => segment.startsWith("{") || segment === segments[at])
    );
  });
}

/** Fails when the document does not describe such an answer. */
export function judge(name: RouteName, { status, headers, text }: Told): void {
  assert.ok(ROUTES[name], `a handler of the name "${name}" is of no route`);
  const { method, path } = ROUTES[name];
  const at = `${method} ${path} ${status}`;
  const operation = DOCUMENT.paths[path]?.[method.toLowerCase()] as { responses: Record<string, Response | Reference> };
  const found = operation.responses[status];
  assert.ok(found, `${at}: the document does not tell of this status. ${text.slice(0, 400)}`);
  const response = resolved(found);
  judgeHeaders(at, response, headers);
  const { content } = response;
  if (!content) {
    assert.equal(text, "", `${at}: the document tells of no body`);
    return;
  }
  const media = (headers["content-type"] ?? "").split(";")[0] ?? "";
  const told = content[media];
  assert.ok(told, `${at}: the document does not tell of ${media || "an answer without a type"}`);
  if (media.endsWith("json")) judgeBody(at, told.schema, JSON.parse(text));
}

function judgeHeaders(at: string, { headers: told = {} }: Response, headers: Told["headers"]): void {
  const known = new Map(Object.entries(told).map(([name, header]) => [name.toLowerCase(), resolved<Header>(header)]));
  for (const name of Object.keys(headers).map((one) => one.toLowerCase()))
    assert.ok(known.has(name) || OF_HTTP.includes(name), `${at}: the document does not tell of the header ${name}`);
  for (const [name, { required, schema }] of known) {
    const value = headers[name];
    if (required) assert.ok(value !== undefined, `${at}: the header ${name} is missing`);
    if (value !== undefined && schema.type === "integer") assert.match(value, /^\d+$/, `${at}: the header ${name}`);
  }
}

function judgeBody(at: string, schema: Schema, body: unknown): void {
  const place = placeOf(schema, body);
  assert.ok(place, `${at}: the document does not tell of ${JSON.stringify(body).slice(0, 400)}`);
  const validate = validatorOf(place);
  if (validate(body)) return;
  const errors = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
  );
  assert.fail(`${at} is not as the document says:\n${[...new Set(errors)].slice(0, 20).join("\n")}`);
}

/** The name of the schema; among several problems the one with the body's title. */
function placeOf({ $ref, oneOf = [] }: Schema, body: unknown): string | undefined {
  if ($ref !== undefined) return $ref;
  const { title } = body as { title?: unknown };
  return oneOf.find((one) => {
    const { properties } = resolved<{ properties: { title: { const: string } } }>(one);
    return properties.title.const === title;
  })?.$ref;
}
