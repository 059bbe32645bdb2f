// How is a host asked on a machine that is busy with other things? As fetch does, which only gives up to connect after ten seconds.

/** Connects again as often as that takes: nothing was sent before. */
export async function patientFetch(url: string, init?: RequestInit): Promise<Response> {
  for (;;)
    try {
      return await fetch(url, init);
    } catch (error) {
      if (!isConnectTimeout(error)) throw error;
    }
}

const isConnectTimeout = (error: unknown): boolean =>
  error instanceof TypeError &&
  typeof error.cause === "object" &&
  error.cause !== null &&
  "code" in error.cause &&
  error.cause.code === "UND_ERR_CONNECT_TIMEOUT";
