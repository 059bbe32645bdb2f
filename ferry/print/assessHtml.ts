// Writes an assessment as one printable HTML file without scripts or external resources.
import { type Assessment, countsOf, type SourceDatabase } from "../../shared/source/assessment.ts";
import type { Finding } from "../../shared/source/finding.ts";
import { databaseName, groupTexts, headline, observedOf, quietText, sizeOf, toldOf, weightOf } from "./assessText.ts";

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #1b1b1b; background: #fff; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #ccc; vertical-align: top; }
td.number, th.number { text-align: right; }
article { margin: .8rem 0; padding-left: .8rem; border-left: 4px solid #767676; break-inside: avoid; }
article.blocks { border-color: #b00020; }
article.act { border-color: #9a5b00; }
h3 { margin: 0; font-size: 1rem; }
p { margin: .2rem 0; overflow-wrap: anywhere; }
code { white-space: pre-wrap; }
h2, h3 { break-after: avoid; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } }
`;

export const assessHtml = (assessments: readonly Assessment[], notes: readonly string[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Assessment of ${escaped(assessments.map(({ server }) => server).join(", "))}</title>
<style>${STYLE}</style>
</head>
<body>
${assessments.map(section).join("\n")}
${notes.map((note) => `<p>${escaped(note)}</p>`).join("\n")}
</body>
</html>
`;

const section = (one: Assessment): string => `<h1>${escaped(headline(one))}</h1>
<table>
<tr><th>Database</th>${["Size", "Blocks", "Act", "Info", "Unknown"].map((head) => `<th class="number">${head}</th>`).join("")}</tr>
${one.databases.map(row).join("\n")}
</table>
${[{ name: "The server itself", findings: one.instance }, ...one.databases].map(details).join("\n")}
${list("Move together", groupTexts(one))}
${list(
  "Quiet hours for the cutover",
  one.databases.flatMap((database) => quietText(database) ?? []),
)}`;

function row(one: SourceDatabase): string {
  const { blocks, act, info, unknown } = countsOf(one.findings);
  const cells = [sizeOf(one), blocks, act, info, unknown].map((cell) => `<td class="number">${cell}</td>`).join("");
  return `<tr><td>${escaped(databaseName(one))}</td>${cells}</tr>`;
}

function details(one: Pick<SourceDatabase, "name" | "findings">): string {
  const told = toldOf(one.findings);
  const unknown = one.findings.filter((finding) => finding.outcome === "unknown" && !told.includes(finding));
  const rest =
    unknown.length > 0
      ? `<p>Unknown: ${unknown.map(({ check, title }) => escaped(`${check} ${title}`)).join(", ")}</p>`
      : "";
  return `<h2>${escaped(databaseName(one))}</h2>\n${told.map(article).join("\n")}\n${rest}`;
}

const article = (finding: Finding): string => `<article class="${finding.severity}">
<h3>${escaped(`${weightOf(finding)}: ${finding.check} ${finding.title}`)}</h3>
<p>${escaped(observedOf(finding))}</p>
<p>${escaped(finding.message)}${finding.sqlErrors ? ` SQL Server: ${finding.sqlErrors.join(", ")}.` : ""}</p>
${finding.remedy === "" ? "" : `<p><code>${escaped(finding.remedy)}</code></p>`}
</article>`;

const list = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : `<h2>${title}</h2>\n<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join("")}</ul>`;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
