// Connects to a source server by TDS, one connection that only reads, and sends it one batch at a time.
import type { ConnectionConfiguration } from "tedious";
import { whyNotReadOnly } from "./readOnly.ts";
import type { ServerAddress } from "./serverAddress.ts";
import { failureOf, SourceFailure, StatementRefused, unsuitable } from "./sourceFailure.ts";

export type SignIn =
  | { readonly kind: "sql"; readonly user: string; readonly password: string }
  | { readonly kind: "ntlm"; readonly domain: string; readonly user: string; readonly password: string }
  /** Entra ID, from SQL Server 2022 on. */
  | { readonly kind: "entra"; readonly credential: TokenCredential };

/** As in @azure/core-auth. */
interface TokenCredential {
  getToken(scopes: string | string[]): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>;
}

export interface ConnectOptions {
  /** As somebody said it, for messages: "SRC01\PROD". */
  readonly server: string;
  readonly address: ServerAddress;
  readonly signIn: SignIn;
  /** Takes whatever certificate the server shows. */
  readonly trustCertificate: boolean;
  /** Speaks TLS 1.0 and 1.1 as well. */
  readonly allowOldTls: boolean;
  readonly connectSeconds?: number;
  /** Of one batch. */
  readonly requestSeconds?: number;
}

/** bigint comes as decimal text, datetime as Date; our own statements ask for text or int. */
type Value = string | number | boolean | null | Date | Buffer;
type Row = Readonly<Record<string, Value>>;

interface Product {
  /** "13.0.6300.2". */
  readonly productVersion: string;
  /** 13 for SQL Server 2016. */
  readonly major: number;
  /** "Enterprise Edition: Core-based Licensing (64-bit)". */
  readonly edition: string;
  readonly engineEdition: number;
}

export interface SourceConnection {
  readonly product: Product;
  /**
   * The rows of each result set. Throws StatementRefused when SQL Server refuses it or the time is over,
   * SourceFailure when the connection is lost, and an Error before anything is sent when the batch does not only
   * read.
   */
  query(batch: string): Promise<readonly (readonly Row[])[]>;
  close(): void;
}

/** The session gives way to others: it waits five seconds for a lock at most, and is the one that a deadlock ends. */
export const SESSION = "SET NOCOUNT ON; SET LOCK_TIMEOUT 5000; SET DEADLOCK_PRIORITY LOW;";

/** Asked before anything else. */
export const PRODUCT =
  "/* sqlferry: product */ SELECT CONVERT(nvarchar(128), SERVERPROPERTY('ProductVersion')) AS product_version, " +
  "CONVERT(nvarchar(128), SERVERPROPERTY('Edition')) AS edition, CONVERT(int, SERVERPROPERTY('EngineEdition')) AS engine_edition;";

/**
 * A SourceFailure when it cannot be reached, lets nobody in, or is no source. The driver is loaded here: no other
 * verb needs it.
 */
export async function connect(options: ConnectOptions): Promise<SourceConnection> {
  const { Connection, Request } = await import("tedious");
  const connectSeconds = options.connectSeconds ?? 15;
  const connection = new Connection(configuration(options, connectSeconds));
  let loginNumber: number | undefined;
  let isOpen = true;
  connection.on("errorMessage", ({ number }: { number: number }) => {
    loginNumber ??= number;
  });
  connection.on("end", () => {
    isOpen = false;
  });
  // What goes wrong between two requests comes here alone; the next request tells of it.
  connection.on("error", () => {
    isOpen = false;
  });
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => {
      if (!error) return resolve();
      const { signIn, server, address } = options;
      const asksBrowser = address.instance !== undefined;
      const user = signIn.kind === "entra" ? {} : { user: signIn.user };
      reject(failureOf(error, { server, ...user, seconds: connectSeconds, asksBrowser }, loginNumber));
    });
  });

  const lost = (error: unknown): SourceFailure =>
    new SourceFailure("connectionLost", `The connection to ${options.server} was lost: ${(error as Error).message}`, {
      cause: error,
    });
  const send = (batch: string): Promise<readonly (readonly Row[])[]> =>
    new Promise((resolve, reject) => {
      const why = whyNotReadOnly(batch);
      if (why !== undefined) return reject(new Error(`This was not sent, because ${why}: ${batch}`));
      if (!isOpen) return reject(lost(new Error("it was closed")));
      const sets: Row[][] = [];
      const request = new Request(batch, (error) => {
        if (!error) resolve(sets);
        else reject(isOpen ? (refusalOf(error) ?? lost(error)) : lost(error));
      });
      request.on("columnMetadata", () => sets.push([]));
      request.on("row", (columns: { metadata: { colName: string }; value: Value }[]) =>
        sets.at(-1)?.push(Object.fromEntries(columns.map(({ metadata, value }) => [metadata.colName, value]))),
      );
      connection.execSqlBatch(request);
    });

  try {
    const product = productOf((await send(PRODUCT))[0]?.[0]);
    const failure = product
      ? unsuitable(options.server, product.engineEdition, product.productVersion)
      : new SourceFailure(
          "notSqlServer",
          `${options.server} does not tell its version, so it is not asked anything else.`,
        );
    if (failure || !product) throw failure;
    await send(SESSION);
    return { product, query: send, close: () => connection.close() };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function configuration(options: ConnectOptions, connectSeconds: number): ConnectionConfiguration {
  const { address, signIn, trustCertificate, allowOldTls, requestSeconds = 60 } = options;
  return {
    server: address.host,
    authentication: authenticationOf(signIn),
    options: {
      ...(address.instance === undefined ? { port: address.port ?? 1433 } : { instanceName: address.instance }),
      appName: "sqlferry",
      database: "master",
      encrypt: true,
      trustServerCertificate: trustCertificate,
      ...(allowOldTls && { cryptoCredentialsDetails: { minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } }),
      readOnlyIntent: true,
      connectTimeout: connectSeconds * 1000,
      requestTimeout: requestSeconds * 1000,
      maxRetriesOnTransientErrors: 0,
    },
  };
}

function authenticationOf(signIn: SignIn): NonNullable<ConnectionConfiguration["authentication"]> {
  if (signIn.kind === "entra") return { type: "token-credential", options: { credential: signIn.credential } };
  const { user: userName, password } = signIn;
  return signIn.kind === "ntlm"
    ? { type: "ntlm", options: { userName, password, domain: signIn.domain } }
    : { type: "default", options: { userName, password } };
}

/** undefined: it was not SQL Server that spoke. */
function refusalOf(error: Error): StatementRefused | undefined {
  const all = (error instanceof AggregateError ? error.errors : [error]) as {
    number?: number;
    code?: string;
    message: string;
  }[];
  const numbers = all.flatMap(({ number }) => number ?? []);
  const message = all.map((one) => one.message).join(" ");
  if (numbers.length > 0) return new StatementRefused(numbers, message);
  return all.some(({ code }) => code === "ETIMEOUT") ? new StatementRefused([], message, true) : undefined;
}

function productOf(row: Row | undefined): Product | undefined {
  const { product_version: productVersion, edition, engine_edition: engineEdition } = row ?? {};
  if (typeof productVersion !== "string" || typeof engineEdition !== "number") return undefined;
  return { productVersion, major: Number.parseInt(productVersion, 10), edition: String(edition ?? ""), engineEdition };
}
