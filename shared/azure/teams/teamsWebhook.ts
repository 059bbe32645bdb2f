// Posts a card to a channel in Teams through a workflow's webhook, whose address is the secret.
import type { TeamsChannel } from "../../ports.ts";

const ANSWER_WITHIN_MS = 30_000;

/** Without a URL, nothing is posted. Errors never show the URL. */
export const createTeamsWebhook = (url: string | undefined): TeamsChannel => ({
  async post(message) {
    if (url === undefined) return false;
    const response = await answerOf(url, JSON.stringify(message));
    await response.body?.cancel(); // frees the connection
    if (!response.ok) throw new Error(`The Teams webhook answered ${response.status} ${response.statusText}.`);
    return true;
  },
});

async function answerOf(url: string, body: string): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    return await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body, signal });
  } catch (error) {
    // Neither the message nor the cause is passed on: both may hold the address.
    throw new Error(`The Teams webhook could not be reached (${error instanceof Error ? error.name : "unknown"}).`);
  }
}
