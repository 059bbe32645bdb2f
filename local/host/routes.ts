// Matches requests to routes, and finds routes that conflict with each other. Pure.
import type { Breach } from "./strict.ts";

type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string; readonly optional: boolean; readonly integer: boolean }
  | { readonly kind: "rest"; readonly name: string };

export interface Route {
  readonly functionName: string;
  readonly methods: readonly string[];
  readonly template: string;
  readonly segments: readonly Segment[];
}

/**
 * A route of a function, with the prefix of host.json in front. A route that is not set is the function's name; "/"
 * is the root. Throws on a template that this host cannot read.
 */
export function compileRoute(
  functionName: string,
  methods: readonly string[],
  route: string | undefined,
  prefix: string,
): Route {
  const template = [prefix, route || functionName].join("/").split("/").filter(Boolean).join("/");
  const segments = template === "" ? [] : template.split("/").map((part) => segmentOf(part, functionName));
  return { functionName, methods: methods.map((method) => method.toUpperCase()), template, segments };
}

function segmentOf(part: string, functionName: string): Segment {
  const [, star, name, constraint, optional] = /^\{(\*?)(\w+)(?::(\w+))?(\?)?\}$/.exec(part) ?? [];
  if (name === undefined) {
    if (/[{}]/.test(part)) throw unsupported(functionName, part);
    return { kind: "literal", text: part.toLowerCase() };
  }
  if (constraint !== undefined && constraint !== "int") throw unsupported(functionName, part);
  if (star) return { kind: "rest", name };
  return { kind: "parameter", name, optional: optional === "?", integer: constraint === "int" };
}

const unsupported = (functionName: string, part: string): Error =>
  new Error(`The route of ${functionName}: "${part}" is not supported by the local host.`);

/** Routes in the order in which the official host tries them: by their functions' names, not by how exact they are. */
export const inOrder = (routes: readonly Route[]): readonly Route[] =>
  [...routes].sort((one, other) => (one.functionName.toLowerCase() < other.functionName.toLowerCase() ? -1 : 1));

/** The values of the parameters when this path (still escaped) fits, else undefined. */
export function fit({ segments }: Route, path: string): Record<string, string> | undefined {
  const parts = path.split("/").filter(Boolean).map(decode);
  const values: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (segment.kind === "rest") {
      if (part !== undefined) values[segment.name] = parts.slice(index).join("/");
      return values;
    }
    if (part === undefined) {
      if (segment.kind === "parameter" && segment.optional) continue;
      return undefined;
    }
    if (!accepts(segment, part)) return undefined;
    if (segment.kind === "parameter") values[segment.name] = part;
  }
  return parts.length <= segments.length ? values : undefined;
}

const accepts = (segment: Exclude<Segment, { kind: "rest" }>, part: string): boolean =>
  segment.kind === "literal" ? segment.text === part.toLowerCase() : !segment.integer || /^-?\d+$/.test(part);

/** Everything is decoded but an escaped slash; what is no valid escape stays as it came. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part.replace(/%2f/gi, (slash) => `%25${slash.slice(1)}`));
  } catch {
    return part;
  }
}

/** Each pair of routes that one request could fit, and each route in the host's own rooms. */
export function findConflicts(routes: readonly Route[]): readonly Breach[] {
  const reserved = routes.filter(isReserved).map(({ functionName, template }) => ({
    rule: "reserved-routes" as const,
    detail: `${functionName} has the route "${template}"`,
  }));
  const overlaps = routes.flatMap((one, index) =>
    routes
      .slice(index + 1)
      .filter(
        (other) =>
          one.methods.some((method) => other.methods.includes(method)) && overlap(one.segments, other.segments),
      )
      .map((other) => ({
        rule: "one-route" as const,
        detail: `${one.functionName} ("${one.template}") and ${other.functionName} ("${other.template}")`,
      })),
  );
  return [...reserved, ...overlaps];
}

/** The official host puts such a function in error and does not serve it. */
export const isReserved = ({ template }: Route): boolean => /^(admin|runtime)/i.test(template);

function overlap(one: readonly Segment[], other: readonly Segment[]): boolean {
  const [first, ...restOfOne] = one;
  const [second, ...restOfOther] = other;
  if (first?.kind === "rest" || second?.kind === "rest") return true;
  if (canEnd(one) && canEnd(other)) return true;
  return first !== undefined && second !== undefined && bothAccept(first, second) && overlap(restOfOne, restOfOther);
}

const canEnd = (segments: readonly Segment[]): boolean =>
  segments.every((segment) => segment.kind === "rest" || (segment.kind === "parameter" && segment.optional));

function bothAccept(one: Exclude<Segment, { kind: "rest" }>, other: Exclude<Segment, { kind: "rest" }>): boolean {
  if (one.kind === "literal") return accepts(other, one.text);
  return other.kind === "literal" ? accepts(one, other.text) : true;
}
