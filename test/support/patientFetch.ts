// Fetches from a host on a busy machine: fetch gives up connecting after ten seconds, this one tries again.

/** Connects as often as it takes: nothing was sent before. */
export async function patientFetch(url: string, init?: RequestInit): Promise<Response> {
  for (;;)
    try {
      return await fetch(url, init);
    } catch (error) {
      if (!isConnectTimeout(error)) throw error;
    }
}

/**
 * Repeats the request as well, as each request of the API may be: a kept-alive connection may have ended with its host.
 */
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
