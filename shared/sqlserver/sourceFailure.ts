// Says why a source server cannot be read: what was found and what to do. Pure; the numbers are SQL Server's, the
// codes Node's and the driver's.
import { releaseName } from "../migration/sqlServerRelease.ts";

export type FailureCode =
  | "unreachable"
  | "instanceNotFound"
  | "signInRefused"
  | "passwordExpired"
  | "noIdentity"
  | "untrustedCertificate"
  | "oldTls"
  | "noEncryption"
  | "notSqlServer"
  | "azureSql"
  | "tooOld"
  | "unreadable"
  | "connectionLost";

/** Its message is for people, and names no password. */
export class SourceFailure extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** SQL Server refused one statement; the connection stays. */
export class StatementRefused extends Error {
  /** Of SQL Server, in its order; none where the time was over. */
  readonly numbers: readonly number[];
  readonly isTimeout: boolean;
  constructor(numbers: readonly number[], message: string, isTimeout = false) {
    super(message);
    this.numbers = numbers;
    this.isTimeout = isTimeout;
  }
}

/** What is known of an attempt to connect that failed. */
export interface Attempt {
  /** As it was given: "SRC01\PROD". */
  readonly server: string;
  readonly user?: string;
  readonly seconds: number;
  /** SQL Server Browser is asked for the port. */
  readonly asksBrowser?: boolean;
}

const CERTIFICATE =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)$/;
const OLD_TLS =
  /unsupported protocol|protocol version|dh key too small|ee key too small|no shared cipher|no ciphers available|handshake failure|md too weak/i;

/** `loginNumber` is SQL Server's number of the refusal, where it told one. */
export function failureOf(error: unknown, attempt: Attempt, loginNumber?: number): SourceFailure {
  const { server, user, seconds, asksBrowser } = attempt;
  const chain = causesOf(error);
  const codes = chain.flatMap(({ code }) => code ?? []);
  const text = chain.map(({ message }) => message).join(" ");
  const because = (code: FailureCode, message: string) => new SourceFailure(code, message, { cause: error });
  const whom = user === undefined ? "the identity that is signed in" : `"${user}"`;

  if (loginNumber !== undefined) return signInFailure(because, server, whom, loginNumber);
  if (codes.includes("EFEDAUTH"))
    return because(
      "noIdentity",
      `${server} takes Entra ID, and no token for it could be had. Sign in with az login, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET.`,
    );
  if (codes.includes("EINSTLOOKUP"))
    return because(
      "instanceNotFound",
      `SQL Server Browser does not tell the port of ${server}: ${oneLine(text)}. Start SQL Server Browser on the host and open UDP 1434 to it, or name the port: HOST,PORT.`,
    );
  if (codes.includes("EENCRYPT"))
    return because(
      "noEncryption",
      `${server} offers no encryption, and sqlferry sends no password in the clear. Every SQL Server can encrypt, with a certificate that it makes itself: look what answers at this address.`,
    );
  const certificate = codes.find((code) => CERTIFICATE.test(code));
  if (certificate !== undefined)
    return because(
      "untrustedCertificate",
      `The certificate of ${server} is not trusted (${certificate}). If this is the server that you mean and the network is yours, say --trust-certificate; otherwise give it a certificate of an authority that this machine knows (NODE_EXTRA_CA_CERTS names further ones).`,
    );
  if (codes.some((code) => /^(EPROTO|ERR_SSL_|ERR_TLS_)/.test(code)) || OLD_TLS.test(text))
    return because(
      "oldTls",
      `${server} does not speak TLS 1.2 (${(OLD_TLS.exec(text)?.[0] ?? oneLine(text)).toLowerCase()}). Update SQL Server or Windows, or say --allow-old-tls: TLS 1.0 and 1.1 can be broken by whoever listens.`,
    );
  if (codes.includes("ENOTFOUND") || codes.includes("EAI_AGAIN"))
    return because(
      "unreachable",
      `No host has the name in "${server}". Look at its spelling, and whether this machine asks the right DNS.`,
    );
  if (codes.includes("ECONNREFUSED"))
    return because(
      "unreachable",
      `Nothing listens at ${server}. Is SQL Server running, is TCP/IP enabled (SQL Server Configuration Manager), and is this its port?`,
    );
  if (
    codes.includes("ETIMEOUT") ||
    codes.includes("ETIMEDOUT") ||
    codes.includes("EHOSTUNREACH") ||
    codes.includes("ENETUNREACH")
  )
    return asksBrowser
      ? because(
          "instanceNotFound",
          `SQL Server Browser does not tell the port of ${server} within ${seconds} seconds, or the instance does not answer there. Start SQL Server Browser on the host and open UDP 1434 to it, or name the port: HOST,PORT.`,
        )
      : because(
          "unreachable",
          `${server} does not answer within ${seconds} seconds. Is a firewall between, is this its port, and does SQL Server listen there?`,
        );
  if (codes.includes("ECONNRESET") || codes.includes("EPIPE") || codes.includes("ESOCKET") || codes.length === 0)
    return because(
      "notSqlServer",
      `What answers at ${server} does not speak as SQL Server does: ${oneLine(text)}. Look at the port.`,
    );
  return because("notSqlServer", `${server} could not be asked: ${oneLine(text)}.`);
}

function signInFailure(
  because: (code: FailureCode, message: string) => SourceFailure,
  server: string,
  whom: string,
  number: number,
): SourceFailure {
  if (number === 18487 || number === 18488)
    return because(
      "passwordExpired",
      `${server} says that the password of ${whom} has expired or must be changed (${number}). Change it with one of SQL Server's own tools; sqlferry changes nothing.`,
    );
  const hint =
    number === 18456
      ? "Look at user and password. Where SQL Server takes Windows accounts only, say --auth ntlm --user DOMAIN\\NAME."
      : number === 18452
        ? "The domain is not trusted there: say --auth sql with a login of SQL Server, or an account of a domain that is."
        : number === 18470
          ? "The login is disabled: ALTER LOGIN ... ENABLE at the server."
          : "SQL Server's error log says why.";
  return because("signInRefused", `${server} refuses ${whom} (${number}). ${hint}`);
}

/** EngineEdition of what writes native backups: Standard and Web, Enterprise and Developer, Express. */
const NATIVE = [2, 3, 4];
const AZURE: Readonly<Record<number, string>> = {
  5: "Azure SQL Database",
  6: "Azure Synapse Analytics",
  8: "Azure SQL Managed Instance",
  9: "Azure SQL Edge",
  11: "a serverless pool of Azure Synapse",
  12: "a database of Microsoft Fabric",
};
/** SQL Server 2008, before which DMS has no way. */
const OLDEST = 10;

/** Why this product is no source; undefined: it is one. */
export function unsuitable(server: string, engineEdition: number, productVersion: string): SourceFailure | undefined {
  const major = Number.parseInt(productVersion, 10);
  if (!NATIVE.includes(engineEdition))
    return new SourceFailure(
      "azureSql",
      `${server} is ${AZURE[engineEdition] ?? `engine edition ${engineEdition}`}, which gives no native backups of databases with their logs. sqlferry moves databases of SQL Server; take another way for this one.`,
    );
  if (!(major >= OLDEST))
    return new SourceFailure(
      "tooOld",
      `${server} is ${releaseName(major)} (${productVersion}). DMS restores from SQL Server 2008 on: bring its databases to a later release first, and assess them there.`,
    );
  return undefined;
}

interface Cause {
  readonly message: string;
  readonly code?: string;
}

/** The error, what it was caused by, and what it gathers. */
function causesOf(error: unknown): readonly Cause[] {
  if (!(error instanceof Error)) return [];
  const { message, cause } = error;
  const { code } = error as NodeJS.ErrnoException;
  const gathered = error instanceof AggregateError ? error.errors : [];
  return [{ message, ...(code !== undefined && { code }) }, ...[cause, ...gathered].flatMap(causesOf)];
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").replace(/\.$/, "").slice(0, 200);
