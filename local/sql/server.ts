// Starts a scripted source server: who may sign in, and what each of them may see.
import { answerOf, type ScriptedInstance } from "./answer.ts";
import type { Grant } from "./catalog.ts";
import type { Certificate } from "./certificate.ts";
import { type MeasuredLoad, measured } from "./measured.ts";
import { startTdsServer, type TdsServer } from "./tdsServer.ts";
import type { ServerError } from "./wire.ts";

export interface ScriptedLogin {
  readonly password: string;
  readonly grants: readonly Grant[];
}

/** As "ferry assess --login-script" makes it. */
export const LEAST: readonly Grant[] = [
  "VIEW SERVER STATE",
  "VIEW SERVER PERFORMANCE STATE",
  "VIEW SERVER SECURITY STATE",
  "VIEW ANY DEFINITION",
  "VIEW ANY DATABASE",
  "CONNECT ANY DATABASE",
  "SELECT ON msdb",
  "SELECT ON sys.sql_expression_dependencies",
];

/** Of this machine's stand-in alone; nothing that is real has this password. */
export const LOGINS: Readonly<Record<string, ScriptedLogin>> = {
  ferry_reader: { password: "Stand-in-1", grants: LEAST },
  "CONTOSO\\dba": { password: "Stand-in-1", grants: LEAST },
  ferry_blind: { password: "Stand-in-1", grants: ["VIEW ANY DATABASE"] },
};

export interface ServerOptions {
  /** Absent: a free one. */
  readonly port?: number;
  readonly logins?: Readonly<Record<string, ScriptedLogin>>;
  readonly certificate?: Certificate;
  /** What `ferry collect` measures; absent: the statements of collecting are not known. */
  readonly load?: MeasuredLoad;
  /** Sees each batch before it is answered; what it gives instead of undefined is the answer. */
  readonly intercept?: (batch: string) => "gone" | "hanging" | undefined;
}

/** On loopback, with a certificate that nobody vouches for. */
export function startSourceServer(instance: ScriptedInstance, options: ServerOptions = {}): Promise<TdsServer> {
  const { logins = LOGINS, port, certificate, load, intercept } = options;
  return startTdsServer({
    ...(port !== undefined && { port }),
    ...(certificate && { certificate }),
    serverName: instance.serverName,
    major: instance.major,
    signIn: (who) => {
      if ("token" in who) return noEntra(instance);
      const name = "account" in who ? who.account : who.user;
      const login = Object.hasOwn(logins, name) ? logins[name] : undefined;
      const isRight = login && ("account" in who ? who.proves(login.password) : login.password === who.password);
      return isRight ? undefined : { number: 18456, message: `Login failed for user '${name}'.` };
    },
    answer: (batch, session) => {
      const grants = new Set(logins[session.user]?.grants);
      return (
        intercept?.(batch) ??
        (load && measured(load, batch, grants.has("VIEW SERVER STATE"))) ??
        answerOf(instance, grants, batch, session)
      );
    },
  });
}

const noEntra = ({ serverName }: ScriptedInstance): ServerError => ({
  number: 18456,
  message: `Login failed: ${serverName} has no identities of Entra ID.`,
});
