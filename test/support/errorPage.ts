// Writes docs/errors.md from the table of errors, as a page for people.
//
//   node test/support/errorPage.ts     writes it
import { writeFileSync } from "node:fs";
import { ERROR_TABLE, UNKNOWN } from "../../shared/azure/dms/errorTable.ts";
import type { Explanation } from "../../shared/azure/dms/explanations/explanation.ts";

export const PAGE = "docs/errors.md";

const FOLLOWS: Readonly<Record<Explanation["kind"], string>> = {
  user: "a person fixes it, then starts again",
  wait: "sqlferry waits and tries again by itself",
  fault: "at the start one new attempt by itself, then a person",
  race: "sqlferry looks again and goes by what is there",
  done: "counts as succeeded",
};

const VERBS: Readonly<Record<string, string>> = {
  DatabaseMigrationsSqlVm_CreateOrUpdate: "the create",
  DatabaseMigrationsSqlVm_Cancel: "a cancel",
};

const HEAD = `# Errors of Azure, explained

What Azure Database Migration Service (DMS), Azure Resource Manager and SQL Server on the VM can answer, what it means for a
migration, and what to do. A failed or waiting migration shows cause and remedy itself (\`npx ferry show\`, the page, the Teams
card, \`failure\` and \`waitingOn\` in the API); the original code and text stand beside them, with SQL Server's number
(\`sqlError\`) and the request's id (\`requestId\`), which Microsoft's support asks for.

The first row that fits counts, from the top: a text that DMS quotes says more than the code around it. DMS tells the same
failure as a number (2009), as a name (MigrationRestoreFailed) or inside another one (Ext_RestoreSettingsError); all of them
are read. "Assumed" is what is neither published nor recorded. What no row names is shown as it came and waits for a person; it never counts as success.

"What follows" is said of a start. Once the restore runs, nothing that a request is refused ends it: the run waits, says for what
(\`waitingOn\`), and goes on by itself once that is fixed. Only what DMS itself reports as the end of the restore ends the
run; then nothing is tried again by itself, and a person fixes the cause and restarts it.

This page is made from the table that the app itself uses (\`shared/azure/dms/errorTable.ts\`, with its rows in \`explanations/\`).
`;

export const errorPage = (): string =>
  [
    HEAD,
    ...ERROR_TABLE.flatMap(({ title, rows }) => [
      `## ${title}\n`,
      "| What Azure says | Cause | What to do | What follows |",
      "|---|---|---|---|",
      ...rows.map((row) => `| ${saidBy(row)} | ${row.cause} | ${row.remedy} | ${FOLLOWS[row.kind]} |`),
      "",
    ]),
    "## Anything else\n",
    `${UNKNOWN.cause} ${UNKNOWN.remedy} (${FOLLOWS[UNKNOWN.kind]})`,
    "",
  ].join("\n");

function saidBy(row: Explanation): string {
  const { codes = [], says = [], sqlError, osError, statuses = [], operations = [], isAssumed = false } = row;
  const numbers = [
    ...(sqlError === undefined ? [] : [`SQL Server ${sqlError}`]),
    ...(osError === undefined ? [] : [`operating system error ${osError}`]),
  ].join(" with ");
  const words = [
    codes.map((code) => `\`${code}\``).join(", "),
    numbers,
    says.map((phrase) => `“${phrase}”`).join(codes.length > 0 && numbers === "" ? " or " : ", "),
    statuses.map((status) => `HTTP ${status}`).join(", "),
    operations.map((operation) => `in answer to ${VERBS[operation] ?? operation}`).join(", "),
  ];
  return `${words.filter((part) => part !== "").join("; ")}${isAssumed ? " (assumed)" : ""}`;
}

if (import.meta.main) writeFileSync(PAGE, errorPage());
