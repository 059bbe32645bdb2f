// Decides who may register a file share: its passwords are read from the vault and sent to servers that the request
// names.
import type { FileShareSource } from "../migration.ts";
import type { Refusal } from "../refusals.ts";

/** What an Operator may name; anything else takes an Admin. */
export interface ShareLimits {
  /** Of the names of secrets that hold passwords of shares and sources. */
  readonly secretPrefix: string;
  /** "filer1.contoso.com", or "*.contoso.com" for every server below it. */
  readonly servers: readonly string[];
}

/** Secrets that sqlferry itself uses (infra/modules/vault.bicep). Nobody may have them sent anywhere. */
export const OWN_SECRETS: readonly string[] = ["teams-webhook-url"];

interface Remark {
  readonly pointer: string;
  readonly message: string;
}

/** Why this caller may not register the share; undefined when nothing speaks against it. */
export function shareRefusal(
  share: FileShareSource,
  limits: ShareLimits,
  caller: { readonly name: string; readonly isAdmin: boolean },
): Refusal | undefined {
  const own = secretsOf(share)
    .filter(({ name }) => OWN_SECRETS.some((one) => isSameName(one, name)))
    .map(({ pointer, name }) => ({ pointer, message: `"${name}" is a secret of sqlferry's own` }));
  if (own.length > 0)
    return {
      problem: "validation",
      detail: "Name the secret that holds the password of the share or of the source; this one is sqlferry's own.",
      errors: own,
    };
  const beyond = beyondOperators(share, limits);
  if (beyond.length === 0 || caller.isAdmin) return undefined;
  return {
    problem: "role-missing",
    detail: `${caller.name} may not register this share without the role Ferry.Admin: ${beyond.map(({ message }) => message).join("; ")}.`,
    needed: "Ferry.Admin",
  };
}

/**
 * What of the share only an Admin may name. Whether a server's certificate is verified matters no more once its name
 * is on the list.
 */
export function beyondOperators(share: FileShareSource, { secretPrefix, servers }: ShareLimits): readonly Remark[] {
  const secrets = secretsOf(share)
    .filter(({ name }) => !name.toLowerCase().startsWith(secretPrefix.toLowerCase()))
    .map(({ pointer, name }) => ({
      pointer,
      message: `the secret "${name}" does not begin with "${secretPrefix}" (FILE_SHARE_SECRET_PREFIX)`,
    }));
  const unlisted = [
    { pointer: "/source/fileShare/path", text: share.path, server: serverOfPath(share.path) },
    { pointer: "/source/fileShare/sql/server", text: share.sql.server, server: serverOfSql(share.sql.server) },
  ]
    .filter(({ server }) => server === undefined || !servers.some((listed) => isListed(server, listed)))
    .map(({ pointer, text }) => ({ pointer, message: `the server of "${text}" is not in FILE_SHARE_SERVERS` }));
  return [...secrets, ...unlisted];
}

const secretsOf = ({ passwordSecret, sql }: FileShareSource) => [
  { pointer: "/source/fileShare/passwordSecret", name: passwordSecret },
  { pointer: "/source/fileShare/sql/passwordSecret", name: sql.passwordSecret },
];

/** Key Vault compares names of secrets without case, and so do DNS and Windows names of servers. */
const isSameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const isListed = (server: string, listed: string): boolean =>
  listed.startsWith("*.") ? server.toLowerCase().endsWith(listed.slice(1).toLowerCase()) : isSameName(server, listed);

const serverOfPath = (path: string): string | undefined => /^\\\\([^\\]+)\\/.exec(path)?.[1];

/**
 * "SQL01", "tcp:sql01.contoso.com\INST1,1433". Undefined for what could be anything else: a pipe, or more of a
 * connection string.
 */
const serverOfSql = (server: string): string | undefined =>
  /^(?:tcp:)?([\w.-]+)(?:\\[\w$#-]+)?(?:,\d{1,5})?$/i.exec(server)?.[1];
