// Writes docs/api.md and docs/openapi.json: the routes of the API, for people and for programs.
//
//   node test/support/apiPage.ts     writes both
import { readFileSync, writeFileSync } from "node:fs";
import { openApi } from "../../shared/api/openApi.ts";
import { PROBLEM_NAMES, PROBLEMS } from "../../shared/api/problems.ts";
import { problemsOf, REQUEST_HEADERS, type Route, type Tag } from "../../shared/api/routes/route.ts";
import { ROUTE_NAMES, ROUTES } from "../../shared/api/routes.ts";

export const PAGE = "docs/api.md";
export const DOCUMENT = "docs/openapi.json";

const HEAD = `# The HTTP API

What the status page and \`ferry\` do, anybody may do: both ask this API and nothing else. The contract is
[openapi.json](openapi.json), OpenAPI 3.1, with every route, status, header, problem and an example of each request; an app
that runs answers it at \`GET /api/v1/openapi.json\` to a Reader. It is made from the schemas by which sqlferry judges
requests and builds answers, and every answer of its tests is compared with it.

\`\`\`
curl -s http://localhost:7071/api/v1/openapi.json        # of npm start
\`\`\`

**Sign-in.** In Azure, a token of Entra ID for the app's registration as \`Authorization: Bearer\`; the roles are those of
[operations.md](operations.md#who-may-do-what). Only \`GET /api/v1/health\` asks for none.

**Requests** are JSON of at most 1 MiB. What they do not know is refused with 400, so that no typing error goes unnoticed.

**Answers** are JSON. Times are UTC; what is of the source (\`time\`, \`finished\`, \`backupFinishDate\`) is its wall clock,
without a zone. Log sequence numbers are decimal text. Later versions add members, codes and words, and take none away:
ignore what you do not know.

**Plans.** \`planVersion\` names what would be restored; it is the \`ETag\` of a migration and of its plan. A cutover, and the
start of an offline migration, take it as \`If-Match\`, so that nobody cuts over what he has not seen: without it 428, with
an older one 412, which says what has changed.

**Noted, not done.** 202 says that a request is noted; \`Location\` is where to ask what becomes of it, \`Retry-After\` when.

**Asked again.** When an answer was lost, send the request again, best under the \`Idempotency-Key\` of the first time: no
work is done twice. [operations.md](operations.md#when-an-answer-is-lost) says what each repetition is answered.

**Refusals** are \`application/problem+json\` (RFC 9457). \`type\` ends in one of the names below; \`detail\` says what was
found, what was expected and what to do. Several reasons at once stand in \`alsoRefusedFor\`.
`;

const TITLES: Readonly<Record<Exclude<Tag, "page">, string>> = {
  migrations: "Migrations",
  commands: "What people ask of a migration",
  assessments: "Assessments and sizings",
  services: "Migration services",
  status: "sqlferry itself",
};

const whoMay = ({ role }: Route): string => (role === "anybody" ? "anybody" : role.replace("Ferry.", ""));

/** "201, 200; 409 `already-exists`": the answers that not every route has. */
function answersOf(route: Route): string {
  const ownProblems = [...problemsOf(route)].filter((name) => !OF_ALL.includes(name));
  const byStatus = Map.groupBy(ownProblems, (name) => PROBLEMS[name].status);
  const refusals = [...byStatus]
    .sort(([one], [other]) => one - other)
    .map(([status, names]) => `${status} ${names.map((name) => `\`${name}\``).join(", ")}`);
  return [Object.keys(route.answers).join(", "), ...refusals].join("; ");
}

const OF_ALL = [
  "not-signed-in",
  "role-missing",
  "row-unreadable",
  "internal-error",
  "storage-unavailable",
  "too-large",
];

const lineOf = (route: Route): string => {
  const query = Object.keys(route.query?.shape ?? {});
  const asked = query.length > 0 ? ` with ${query.map((name) => `\`${name}\``).join(", ")}` : "";
  const headers = (route.headers ?? []).map((name) => `, \`${name}\``).join("");
  return `| \`${route.method} ${route.path}\`${asked}${headers} | ${whoMay(route)} | ${route.summary} | ${answersOf(route)} |`;
};

const routesOf = (tag: string): Route[] => ROUTE_NAMES.map((name) => ROUTES[name]).filter((route) => route.tag === tag);

export const apiPage = (): string =>
  [
    HEAD,
    ...Object.entries(TITLES).flatMap(([tag, title]) => [
      `## ${title}\n`,
      "| Request | Least role | What it does | Answers |",
      "|---|---|---|---|",
      ...routesOf(tag).map(lineOf),
      "",
    ]),
    "Any route that asks for a sign-in may also answer 401 `not-signed-in`, 403 `role-missing`, 500 `row-unreadable` or",
    "`internal-error`, and 503 `storage-unavailable` with `Retry-After`; with a body also 413 `too-large`.\n",
    "## Headers of requests\n",
    ...Object.entries(REQUEST_HEADERS).map(([name, meaning]) => `- \`${name}\`: ${meaning}.`),
    "",
    "## Problems\n",
    "| Name | Status | Title | It also says |",
    "|---|---|---|---|",
    ...PROBLEM_NAMES.map((name) => {
      const { status, title, members } = PROBLEMS[name];
      const said = Object.keys(members.shape).map((member) => `\`${member}\``);
      return `| \`${name}\` | ${status} | ${title} | ${said.join(", ")} |`;
    }),
    "",
    "This page and openapi.json are made from `shared/api/routes.ts` (`node test/support/apiPage.ts`).",
    "",
  ].join("\n");

export const apiDocument = (): string => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  return `${JSON.stringify(openApi(version), undefined, 1)}\n`;
};

if (import.meta.main) {
  writeFileSync(PAGE, apiPage());
  writeFileSync(DOCUMENT, apiDocument());
}
