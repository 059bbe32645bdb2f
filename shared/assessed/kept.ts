// Shortens an assessment to what a row of a table holds, and takes out what looks like a secret.
import { storedJson } from "../migration/stored/storedJson.ts";
import type { Assessment, SourceDatabase } from "../source/assessment.ts";
import type { Finding } from "../source/finding.ts";

/** Where names were left out. */
interface Shortened {
  /** "" is the server itself. */
  readonly database: string;
  readonly check: string;
  readonly kept: number;
  readonly of: number;
}

export interface Kept {
  readonly assessment: Assessment;
  readonly shortened: readonly Shortened[];
  /** What does not fit into a row even without any names ("" is the server itself), and is left out. */
  readonly tooLarge: readonly string[];
}

/** Names per finding; less where the row would not hold them. */
const MOST_NAMES: readonly number[] = [200, 50, 10, 0];
/** A row holds 1 MiB of UTF-16; some of it is left for keys and the server's own words. */
const MOST_CHARACTERS = 480_000;
const MOST_OF_A_NAME = 300;
const MOST_OF_A_TEXT = 2_000;
/** sysname. */
const MOST_OF_A_DATABASE = 128;
const MOST_DEPENDENCIES = 500;
/** Five weeks. */
const MOST_HOURS = 840;

/** Doing it twice changes nothing. */
export function kept(assessment: Assessment): Kept {
  const { productVersion, edition } = assessment;
  const databases = assessment.databases.map((database) => ({ database, fit: fitted(database) }));
  const instance = within((most) => assessment.instance.map((finding) => findingOf(finding, most)));
  return {
    assessment: {
      ...assessment,
      ...(productVersion !== undefined && { productVersion: textOf(productVersion, MOST_OF_A_NAME) }),
      ...(edition !== undefined && { edition: textOf(edition, MOST_OF_A_NAME) }),
      instance: instance?.value ?? [],
      databases: databases.flatMap(({ fit }) => fit?.value ?? []),
    },
    shortened: [
      ...(instance ? shortenedOf("", assessment.instance, instance.most) : []),
      ...databases.flatMap(({ database: { name, findings }, fit }) =>
        fit ? shortenedOf(name, findings, fit.most) : [],
      ),
    ],
    tooLarge: [...(instance ? [] : [""]), ...databases.flatMap(({ database, fit }) => (fit ? [] : [database.name]))],
  };
}

interface Fit<Value> {
  readonly value: Value;
  /** Names of each finding that are left. */
  readonly most: number;
}

/** With as many names as a row holds; undefined: it does not hold it without any. */
export const fitted = (database: SourceDatabase): Fit<SourceDatabase> | undefined =>
  within((most) => databaseOf(database, most));

function within<Value>(shortened: (most: number) => Value): Fit<Value> | undefined {
  for (const most of MOST_NAMES) {
    const value = shortened(most);
    if (storedJson(value).length <= MOST_CHARACTERS) return { value, most };
  }
  return undefined;
}

function databaseOf(database: SourceDatabase, most: number): SourceDatabase {
  const { dependsOn, logByHour } = database;
  return {
    ...database,
    findings: database.findings.map((finding) => findingOf(finding, most)),
    ...(dependsOn && {
      dependsOn: dependsOn.slice(0, MOST_DEPENDENCIES).map((name) => textOf(name, MOST_OF_A_DATABASE)),
    }),
    ...(logByHour && {
      logByHour: logByHour.slice(-MOST_HOURS).map((hour) => ({ ...hour, hour: textOf(hour.hour, 40) })),
    }),
  };
}

function findingOf(finding: Finding, most: number): Finding {
  const { objects, forTarget } = finding;
  return {
    ...finding,
    title: textOf(finding.title, MOST_OF_A_NAME),
    observed: textOf(finding.observed, MOST_OF_A_TEXT),
    ...(objects && { objects: namesOf(objects, most) }),
    ...(forTarget !== undefined && { forTarget: textOf(forTarget, MOST_OF_A_TEXT) }),
    message: textOf(finding.message, MOST_OF_A_TEXT),
    remedy: textOf(finding.remedy, MOST_OF_A_TEXT),
    ...(finding.sqlErrors && { sqlErrors: finding.sqlErrors.slice(0, 20) }),
    source: textOf(finding.source, MOST_OF_A_TEXT),
  };
}

function namesOf(objects: readonly string[], most: number): readonly string[] {
  const { names, more } = splitOf(objects);
  const left = names.slice(0, most).map((name) => textOf(name, MOST_OF_A_NAME));
  const others = more + names.length - left.length;
  return others > 0 ? [...left, `and ${others} more`] : left;
}

/** The last entry of a list that was shortened before. */
function splitOf(objects: readonly string[]): { readonly names: readonly string[]; readonly more: number } {
  const [, more] = /^and (\d{1,9}) more$/.exec(objects.at(-1) ?? "") ?? [];
  return more === undefined ? { names: objects, more: 0 } : { names: objects.slice(0, -1), more: Number(more) };
}

const shortenedOf = (database: string, findings: readonly Finding[], most: number): readonly Shortened[] =>
  findings.flatMap(({ check, objects = [] }) => {
    const { names } = splitOf(objects);
    return names.length > most ? [{ database, check, kept: most, of: names.length }] : [];
  });

const textOf = (text: string, most: number): string => {
  const bare = withoutSecrets(text);
  return bare.length > most ? `${bare.slice(0, most - 1)}…` : bare;
};

/** What no assessment of ours holds; a report of somebody else's might. */
const SECRETS: readonly RegExp[] = [
  /([?&]sig=)(?!\*\*\*)[^&\s"']+/gi,
  /(AccountKey=|SharedAccessSignature=)(?!\*\*\*)[^;\s"']+/gi,
  /((?:password|pwd)\s*=\s*)(?!'\.\.\.'|\*\*\*)(?:'[^']*'|"[^"]*"|[^;\s"']+)/gi,
];

/** Signatures, account keys and passwords give way to "***"; the placeholder '...' of a statement stays. */
export const withoutSecrets = (text: string): string =>
  SECRETS.reduce((bare, secret) => bare.replace(secret, "$1***"), text);
