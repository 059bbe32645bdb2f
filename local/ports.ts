// Finds free ports.
import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

const LOOPBACK = "127.0.0.1";

/**
 * Below those that systems give to outgoing connections (from 32,768 on): none of these takes a port between the look
 * and its use.
 */
const [LOWEST, HIGHEST] = [20_000, 32_000];

/** This many different free ports on loopback, by chance, so that two who ask at once rarely get the same. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(LOWEST, HIGHEST);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

/** False when somebody listens there already. Any other trouble with the port is thrown. */
export async function isFree(port: number): Promise<boolean> {
  try {
    await close(await listen(port));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
}

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, LOOPBACK, () => resolve(server));
  });

const close = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
