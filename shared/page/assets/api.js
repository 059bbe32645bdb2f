// Sends requests of the page to the API. Answers are data: a body, a problem (RFC 9457), or that nobody answers.

/** @import { Problem } from "../../api/problems.ts" */
/**
 * @template Body
 * @typedef {{ readonly kind: "answer"; readonly body: Body } | Failed} Asked
 */
/**
 * @typedef {{ readonly kind: "problem"; readonly problem: Pick<Problem, "title" | "alsoRefusedFor"> &
 * Partial<Problem> } | { readonly kind: "unreachable" }} Failed
 */
/**
 * @template Item
 * @typedef {{ readonly items: readonly Item[]; readonly nextCursor?: string }} Page
 */

const BASE = "api/v1/";
const PATIENCE_MS = 15_000;

/**
 * The answer to a GET.
 * @template Body
 * @param {string} path
 * @returns {Promise<Asked<Body>>}
 */
export const get = (path) => ask(path, { method: "GET" });

/**
 * The same for a POST of what is noted and done later; `headers` besides the usual ones.
 * @param {string} path
 * @param {object} body
 * @param {Readonly<Record<string, string>>} headers
 * @returns {Promise<Asked<{ readonly detail?: string }>>}
 */
export const post = (path, body, headers = {}) => ask(path, { method: "POST", body: JSON.stringify(body), headers });

/**
 * The same unless it is what `tag` stands for: then the body is undefined.
 * @template Body
 * @param {string} path
 * @param {string} tag
 * @returns {Promise<Asked<Body | undefined>>}
 */
export const getIfChanged = (path, tag) => ask(path, { method: "GET", headers: { "if-none-match": `"${tag}"` } });

/**
 * @param {string} path
 * @param {{ readonly method: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }}
 * request
 * @returns {Promise<Asked<any>>}
 */
async function ask(path, { headers, ...request }) {
  const answer = await fetch(BASE + path, {
    ...request,
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      "x-requested-by": "sqlferry-page",
      ...headers,
    },
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => undefined);
  if (!answer) return { kind: "unreachable" };
  if (answer.status === 304) return { kind: "answer", body: undefined };
  const body = await answer.json().catch(() => undefined);
  if (answer.ok && body !== undefined) return { kind: "answer", body };
  if (body?.title) return { kind: "problem", problem: body };
  // A gateway's or a sign-in's page instead of our own answer.
  if (answer.status >= 500 || answer.ok) return { kind: "unreachable" };
  return {
    kind: "problem",
    problem: { title: `The API answered ${answer.status}.`, detail: "Reload the page to sign in again." },
  };
}
