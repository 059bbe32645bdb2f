// What is kept of an assessment? As much as a row of a table holds, and nothing that looks like a secret.
import { storedJson } from "../migration/contracts.ts";
import type { Assessment, SourceDatabase } from "../source/assessment.ts";
import type { Finding } from "../source/finding.ts";

/** Where names were left out. */
export interface Shortened {
  /** "" is the server itself. */
  readonly database: string;
  readonly check: string;
  readonly kept: number;
  readonly of: number;
}

export interface Kept {
  readonly assessment: Assessment;
  readonly shortened: readonly Shortened[];
  /** Databases that do not fit into a row even without any names; they are not among those of `assessment`. */
  readonly tooLarge: readonly string[];
}

/** Names per finding; less where the row would not hold them. */
const MOST_NAMES: readonly number[] = [200, 50, 10, 0];
/** A row holds 1 MiB of UTF-16, 64 KiB of it are left for keys and lines. */
const MOST_CHARACTERS = 480_000;
const MOST_OF_A_NAME = 300;
const MOST_OF_A_TEXT = 2_000;
/** Five weeks. */
const MOST_HOURS = 840;
const MOST_DEPENDENCIES = 500;

/** Doing it twice changes nothing. */
export function kept(assessment: Assessment): Kept {
  const shortened: Shortened[] = [];
  const tooLarge: string[] = [];
  const databases = assessment.databases.flatMap((database) => {
    for (const most of MOST_NAMES) {
      const shorter = databaseOf(database, most);
      if (storedJson(shorter).length > MOST_CHARACTERS) continue;
      shortened.push(...shortenedOf(database.name, database.findings, most));
      return [shorter];
    }
    tooLarge.push(database.name);
    return [];
  });
  const [most = 0] = MOST_NAMES;
  shortened.push(...shortenedOf("", assessment.instance, most));
  const { productVersion, edition } = assessment;
  return {
    assessment: {
      ...assessment,
      server: assessment.server,
      ...(productVersion !== undefined && { productVersion: textOf(productVersion, MOST_OF_A_NAME) }),
      ...(edition !== undefined && { edition: textOf(edition, MOST_OF_A_NAME) }),
      instance: assessment.instance.map((finding) => findingOf(finding, most)),
      databases,
    },
    shortened,
    tooLarge,
  };
}

function databaseOf(database: SourceDatabase, most: number): SourceDatabase {
  const { dependsOn, logByHour } = database;
  return {
    ...database,
    findings: database.findings.map((finding) => findingOf(finding, most)),
    ...(dependsOn && {
      dependsOn: dependsOn.slice(0, MOST_DEPENDENCIES).map((name) => textOf(name, MOST_OF_A_NAME)),
    }),
    ...(logByHour && {
      logByHour: logByHour.slice(-MOST_HOURS).map((hour) => ({ ...hour, hour: textOf(hour.hour, 40) })),
    }),
  };
}

function findingOf(finding: Finding, most: number): Finding {
  const { objects } = finding;
  return {
    ...finding,
    title: textOf(finding.title, MOST_OF_A_NAME),
    observed: textOf(finding.observed, MOST_OF_A_TEXT),
    ...(objects && { objects: namesOf(objects, most) }),
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
