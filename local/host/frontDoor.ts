// Routes each request: the host's own paths first, then the app's routes.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Lifecycle, track } from "./lifecycle.ts";
import { describe, type Log } from "./log.ts";
import { type Incoming, type Reply, readRequest, refusal, sendReply } from "./reply.ts";

type Answer = (request: Incoming) => Reply | Promise<Reply>;

/**
 * The rooms of the host by the beginning of their paths (lower case), in order; the last one, "/", takes what is
 * left.
 */
export type Rooms = readonly (readonly [prefix: string, answer: Answer])[];

/** Listens on 127.0.0.1 only. `rooms` is asked anew for each request: there is none before the app is loaded. */
export function openFrontDoor(port: number, rooms: () => Rooms, life: Lifecycle, log: Log): Promise<Server> {
  const server = createServer((request, response) => {
    track(life, answer(request, response, rooms(), log)).catch((error: unknown) => {
      log("error", "host", describe(error));
      response.destroy();
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${port} is taken. Choose another with --port, or stop what listens there.`)
          : error,
      ),
    );
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, rooms: Rooms, log: Log): Promise<void> {
  const incoming = await readRequest(request);
  if (!incoming) return sendReply(response, { status: 500 });
  const path = incoming.url.pathname.toLowerCase();
  const room = rooms.find(([prefix]) => path.startsWith(prefix));
  sendReply(response, room ? await replyOf(room[1], incoming, log) : { status: 503 });
}

async function replyOf(room: Answer, incoming: Incoming, log: Log): Promise<Reply> {
  try {
    return await room(incoming);
  } catch (error) {
    log("error", "host", `${incoming.method} ${incoming.url.pathname}: ${describe(error)}`);
    return refusal(500, "The request could not be processed; the host's log says why.");
  }
}
