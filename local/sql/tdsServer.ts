// Listens as SQL Server does at the TDS wire: pre-login, TLS inside of it, login, batches, attention. What it answers
// is its caller's.
import { randomBytes } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { type SecureVersion, TLSSocket } from "node:tls";
import { type Certificate, selfSigned } from "./certificate.ts";
import { accountOf, challenge, proves } from "./ntlm.ts";
import {
  attentionDone,
  databaseChanged,
  ENCRYPTION,
  federationInfo,
  type Login,
  loginAccepted,
  type Message,
  messageReader,
  nothingDone,
  PACKET,
  packets,
  preLoginReply,
  type ResultSet,
  readBatch,
  readFederatedToken,
  readLogin,
  refusal,
  resultSets,
  type ServerError,
  sspiToken,
} from "./wire.ts";

export interface Session {
  readonly user: string;
  readonly program: string;
  readonly isReadOnly: boolean;
  database: string;
}

export type Answer =
  | { readonly sets: readonly ResultSet[] }
  | { readonly error: ServerError }
  | { readonly database: string }
  /** As when the server is shut down: the connection ends. */
  | "gone"
  /** The statement runs until the client loses patience. */
  | "hanging";

export interface TdsOptions {
  /** Absent: a free one. */
  readonly port?: number;
  readonly serverName: string;
  /** 13 for SQL Server 2016. */
  readonly major: number;
  /**
   * Who may sign in: by password, by an account of Windows that proves its password, or by a token of Entra ID.
   * undefined: welcome.
   */
  signIn(who: Attempt): ServerError | undefined;
  answer(batch: string, session: Session): Answer | Promise<Answer>;
  /** "none": it offers none, which no SQL Server does. */
  readonly encryption?: "on" | "none";
  readonly tls?: { readonly minVersion: SecureVersion; readonly maxVersion: SecureVersion };
  readonly certificate?: Certificate;
}

type Attempt =
  | Pick<Login, "user" | "password">
  | { readonly account: string; readonly proves: (password: string) => boolean }
  | { readonly token: string };

export interface TdsServer {
  readonly port: number;
  readonly certificate: Certificate;
  stop(): Promise<void>;
}

/** Loopback only. */
export async function startTdsServer(options: TdsOptions): Promise<TdsServer> {
  const certificate = options.certificate ?? selfSigned();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    // A client that goes away is none of the server's trouble.
    socket.on("error", () => socket.destroy());
    serveClient(socket, options, certificate);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as { port: number }).port,
    certificate,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serveClient(socket: Socket, options: TdsOptions, certificate: Certificate): void {
  const { serverName, major } = options;
  let session: Session | undefined;
  let login: Login | undefined;
  let out: NodeJS.WritableStream = socket;
  let isHanging = false;
  const nonce = randomBytes(8);
  const reply = (body: Buffer): void => void out.write(packets(PACKET.reply, body));
  const welcome = (who: Attempt, user: string): void => {
    const refused = options.signIn(who);
    if (refused) {
      reply(refusal(refused, serverName));
      return void out.end();
    }
    session = {
      user,
      program: login?.program ?? "",
      isReadOnly: login?.isReadOnly ?? false,
      database: login?.database || "master",
    };
    reply(loginAccepted(session.database, major));
  };
  const answerBatch = async (batch: string, of: Session): Promise<void> => {
    const answer = await options.answer(batch, of);
    if (answer === "gone") return void socket.destroy();
    if (answer === "hanging") {
      isHanging = true;
      return;
    }
    if ("error" in answer) return reply(refusal(answer.error, serverName));
    if ("sets" in answer) return reply(resultSets(answer.sets));
    const before = of.database;
    of.database = answer.database;
    reply(Buffer.concat([databaseChanged(answer.database, before), nothingDone()]));
  };

  const onMessage = ({ type, body }: Message): void => {
    if (type === PACKET.login) {
      login = readLogin(body);
      if (login.isFederated)
        reply(federationInfo("https://login.microsoftonline.com/common", "https://database.windows.net/"));
      else if (login.sspi.length > 0) reply(sspiToken(challenge(nonce, serverName)));
      else welcome(login, login.user);
    } else if (type === PACKET.sspi) {
      const account = accountOf(body);
      welcome({ account, proves: (password) => proves(body, nonce, password) }, account);
    } else if (type === PACKET.federatedToken) welcome({ token: readFederatedToken(body) }, "");
    else if (type === PACKET.attention) {
      // The statement that is interrupted is answered, and then the attention.
      if (isHanging) reply(nothingDone());
      isHanging = false;
      reply(attentionDone());
    } else if (type === PACKET.batch && session)
      void answerBatch(readBatch(body), session).catch((error: Error) =>
        reply(refusal({ number: 50_000, message: `The stand-in failed: ${error.message}` }, serverName)),
      );
    else {
      reply(refusal({ number: 50_000, message: `The stand-in does not speak packet type ${type} here.` }, serverName));
      out.end();
    }
  };

  const onPreLogin = ({ type }: Message): void => {
    if (type !== PACKET.preLogin) return void socket.destroy();
    const encryption = options.encryption === "none" ? ENCRYPTION.notSupported : ENCRYPTION.on;
    socket.write(packets(PACKET.reply, preLoginReply(major, encryption)));
    socket.removeListener("data", first);
    if (encryption === ENCRYPTION.notSupported) return void socket.on("data", messageReader(onMessage));
    const secure = new TLSSocket(insidePreLogin(socket), {
      isServer: true,
      ...certificate,
      minVersion: options.tls?.minVersion ?? "TLSv1.2",
      // With 1.3 the server would speak first after the handshake, for which TDS 7 has no place.
      maxVersion: options.tls?.maxVersion ?? "TLSv1.2",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    secure.on("error", () => socket.destroy());
    secure.on("data", messageReader(onMessage));
    out = secure;
  };
  const first = messageReader(onPreLogin);
  socket.on("data", first);
}

/** First byte of a TLS record: change of ciphers, alert, handshake, data. */
const TLS_RECORD = [0x14, 0x15, 0x16, 0x17];

/**
 * The handshake travels inside of pre-login messages; from the client's first record outside of them on, all of it is
 * plain TLS.
 */
function insidePreLogin(socket: Socket): Duplex {
  let isWrapped = true;
  let flight: Buffer[] = [];
  const channel = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, whenWritten) => {
      if (!isWrapped) return void socket.write(chunk, whenWritten);
      // What the server says at once is one message.
      if (flight.length === 0)
        setImmediate(() => {
          socket.write(packets(PACKET.preLogin, Buffer.concat(flight)));
          flight = [];
        });
      flight.push(chunk);
      whenWritten();
    },
    final: (whenEnded) => void socket.end(whenEnded),
  });
  const unwrap = messageReader(({ body }) => channel.push(body));
  socket.on("data", (chunk: Buffer) => {
    if (isWrapped && TLS_RECORD.includes(chunk[0] ?? 0)) isWrapped = false;
    if (isWrapped) unwrap(chunk);
    else channel.push(chunk);
  });
  socket.on("close", () => channel.destroy());
  return channel;
}
