// Reads from the options of a command which source server is meant, who signs in, and which certificate is accepted.
import type { ConnectOptions, SignIn } from "../../shared/sqlserver/connection.ts";
import { serverAddress } from "../../shared/sqlserver/serverAddress.ts";
import { SourceFailure } from "../../shared/sqlserver/sourceFailure.ts";
import { type Command, type Given, oneOf, usageError } from "../command.ts";
import { EXIT, FerryError } from "../exit.ts";
import { passwordFor } from "./password.ts";

/** Options of every verb that asks a source server. */
export const SERVER_OPTIONS = {
  server: { type: "string" },
  auth: { type: "string" },
  user: { type: "string" },
  "password-stdin": { type: "boolean" },
  "trust-certificate": { type: "boolean" },
  "allow-old-tls": { type: "boolean" },
} as const;

export const SERVER_USAGE =
  "--server HOST[\\INSTANCE|,PORT] [--auth sql|ntlm|entra] [--user NAME] [--password-stdin] [--trust-certificate] [--allow-old-tls]";

/** From the words of the command; asks for the password where it has to. */
export async function connectOptions(command: Command, given: Given, server: string): Promise<ConnectOptions> {
  const address = serverAddress(server);
  if ("wrong" in address) throw usageError(command, address.wrong);
  return {
    server,
    address,
    signIn: await signInOf(command, given, server),
    trustCertificate: given.flag("trust-certificate"),
    allowOldTls: given.flag("allow-old-tls"),
  };
}

/** DOMAIN\NAME is an account of Windows unless --auth says otherwise. */
async function signInOf(command: Command, given: Given, server: string): Promise<SignIn> {
  const user = given.text("user");
  const kind = oneOf(command, given, "auth", ["sql", "ntlm", "entra"]) ?? (user?.includes("\\") ? "ntlm" : "sql");
  if (kind === "entra") {
    const { DefaultAzureCredential } = await import("@azure/identity");
    return { kind, credential: new DefaultAzureCredential() };
  }
  if (user === undefined)
    throw usageError(
      command,
      "Who signs in? --user NAME, --user DOMAIN\\NAME, or --auth entra with the identity of az login.",
    );
  const [, domain, name] = /^([^\\]+)\\(.+)$/.exec(user) ?? [];
  if (kind === "ntlm" && (domain === undefined || name === undefined))
    throw usageError(command, `--auth ntlm takes --user DOMAIN\\NAME, not "${user}".`);
  const password = await passwordFor(user, server, given.flag("password-stdin"));
  return kind === "ntlm" ? { kind, domain: domain ?? "", user: name ?? "", password } : { kind, user, password };
}

/** A SourceFailure becomes what the command line says. */
export async function toldFailure<Result>(look: () => Promise<Result>): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof SourceFailure)) throw error;
    throw new FerryError(EXIT.failed, error.message);
  }
}
