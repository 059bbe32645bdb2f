// Fetches from a host on a machine that is busy with other things: fetch gives up to connect after ten seconds, this
// one tries again.

/** Connects again as often as that takes: nothing was sent before. */
export async function patientFetch(url: string, init?: RequestInit): Promise<Response> {
  for (;;)
    try {
      return await fetch(url, init);
    } catch (error) {
      if (!isConnectTimeout(error)) throw error;
    }
}

/** The same of a request that may be repeated, as each of the API may: a connection that was kept open may have gone with its host. */
export async function repeatableFetch(url: string, init?: RequestInit, tries = 3): Promise<Response> {
  try {
    return await patientFetch(url, init);
  } catch (error) {
    if (tries === 1 || !(codeOf(error) === "ECONNRESET" || codeOf(error) === "UND_ERR_SOCKET")) throw error;
    return repeatableFetch(url, init, tries - 1);
  }
}

const isConnectTimeout = (error: unknown): boolean => codeOf(error) === "UND_ERR_CONNECT_TIMEOUT";

const codeOf = (error: unknown): unknown =>
  error instanceof TypeError && typeof error.cause === "object" && error.cause !== null && "code" in error.cause
    ? error.cause.code
    : undefined;
