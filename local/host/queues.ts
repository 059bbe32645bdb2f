// Calls queue functions for their messages, and moves a message that cannot be handled to the poison queue.
import { type DequeuedMessageItem, type QueueClient, QueueServiceClient } from "@azure/storage-queue";
import type { Clock } from "./clock.ts";
import type { LoadedApp, RegisteredFunction, TypedData } from "./coreModule.ts";
import type { FaultInjection } from "./faultInjection.ts";
import type { Invoker } from "./invoke.ts";
import { type Lifecycle, track } from "./lifecycle.ts";
import { describe, type Log } from "./log.ts";
import { expandSettings, findConnection, type HostSettings } from "./settings.ts";

export interface QueueTriggerParts {
  readonly app: LoadedApp;
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly log: Log;
  readonly life: Lifecycle;
  readonly faultInjection: FaultInjection;
  readonly settings: HostSettings["queues"];
}

/** As on the official host: a message in work at a crash comes back after ten minutes. */
const INVISIBLE_SECONDS = 600;
/** How late a message may be in fault mode. */
const LATEST_MS = 30_000;
const SHORTEST_POLL_MS = 100;
const LONGEST_POLL_MS = 1_000;
/** The next poll comes anyway, so the SDK need not be as patient as it is by default. */
const PATIENCE = { maxTries: 3, retryDelayInMs: 100 };

/**
 * Answers the call that starts polling the queue of each queue function; the official host backs off to a minute,
 * this one to a second.
 */
export function prepareQueues(parts: QueueTriggerParts): () => void {
  const pumps = [...parts.app.functions.values()]
    .filter(({ trigger }) => trigger.type === "queueTrigger")
    .map((fn) => new QueuePump(parts, fn));
  return () => {
    for (const pump of pumps) pump.poll(SHORTEST_POLL_MS);
  };
}

class QueuePump {
  readonly #parts: QueueTriggerParts;
  readonly #name: string;
  readonly #queue: QueueClient;
  /** A poison queue has no poison queue of its own: what fails there stays invisible and comes back. */
  readonly #poison: QueueClient | undefined;
  #running = 0;

  constructor(parts: QueueTriggerParts, { name, trigger }: RegisteredFunction) {
    const { connectionString } = findConnection(trigger["connection"] as string | undefined, name);
    const queueName = expandSettings(String(trigger["queueName"]), name);
    const service = QueueServiceClient.fromConnectionString(connectionString, { retryOptions: PATIENCE });
    this.#parts = parts;
    this.#name = name;
    this.#queue = service.getQueueClient(queueName);
    this.#poison = queueName.endsWith("-poison") ? undefined : service.getQueueClient(`${queueName}-poison`);
  }

  poll(wait: number): void {
    const { clock, life, log } = this.#parts;
    const look = async (): Promise<void> => {
      if (!life.takesWork) return;
      try {
        this.poll((await this.#receive()) > 0 ? SHORTEST_POLL_MS : Math.min(wait * 2, LONGEST_POLL_MS));
      } catch (error) {
        log("warning", this.#name, `The queue ${this.#queue.name} cannot be read: ${describe(error)}`);
        this.poll(LONGEST_POLL_MS);
      }
    };
    clock.at(clock.now() + wait, () => void track(life, look()));
  }

  /** How many messages were taken; a queue that does not exist yet has none. */
  async #receive(): Promise<number> {
    const { settings, life, faultInjection, log } = this.#parts;
    const { batchSize, newBatchThreshold = Math.floor(batchSize / 2) } = settings;
    if (this.#running > newBatchThreshold) return 0;
    const messages = await this.#queue
      .receiveMessages({ numberOfMessages: batchSize, visibilityTimeout: INVISIBLE_SECONDS })
      .then(({ receivedMessageItems }) => receivedMessageItems, none);
    if (!life.takesWork) return 0; // stopped while asking: they come back
    const arrivals = faultInjection.arrivals(messages, ({ messageId }) => messageId, LATEST_MS);
    for (const message of new Set([...arrivals.map(({ thing }) => thing), ...messages])) {
      this.#running++;
      const delays = arrivals.filter(({ thing }) => thing === message).map(({ delay }) => delay);
      track(life, this.#arrive(message, delays))
        .catch((error: unknown) => log("error", this.#name, describe(error)))
        .finally(() => this.#running--);
    }
    return messages.length;
  }

  /** `delays` has one number for each time that the message arrives, as a rule a single 0. */
  async #arrive(message: DequeuedMessageItem, delays: readonly number[]): Promise<void> {
    const [delay, again] = delays;
    if (delay === undefined) await this.#queue.deleteMessage(message.messageId, message.popReceipt);
    else if (delay > 0) await this.#show(message, message.popReceipt, delay);
    else await this.#handle(message, again !== undefined);
  }

  async #show(message: DequeuedMessageItem, popReceipt: string, delay: number): Promise<void> {
    await this.#queue.updateMessage(message.messageId, popReceipt, message.messageText, Math.ceil(delay / 1_000));
  }

  async #handle(message: DequeuedMessageItem, comesAgain: boolean): Promise<void> {
    const { settings, invoker, log, faultInjection } = this.#parts;
    const lease = new Lease(this.#queue, message, this.#parts.clock);
    try {
      if (message.dequeueCount > settings.maxDequeueCount)
        throw new Error("The message was taken too often without an end.");
      const text =
        settings.messageEncoding === "base64"
          ? Buffer.from(message.messageText, "base64").toString("utf8")
          : message.messageText;
      await invoker.invoke(this.#name, { string: text }, triggerMetadata(message, text));
      faultInjection.crashPoint("crashMessageRun", message.messageId);
      const receipt = await lease.end();
      if (comesAgain) await this.#show(message, receipt, 0);
      else await this.#queue.deleteMessage(message.messageId, receipt);
    } catch (error) {
      log("error", this.#name, describe(error));
      await this.#giveBack(message, await lease.end());
    }
  }

  async #giveBack(message: DequeuedMessageItem, popReceipt: string): Promise<void> {
    const { settings, log, faultInjection } = this.#parts;
    if (!this.#poison) return;
    if (message.dequeueCount < settings.maxDequeueCount)
      return this.#show(message, popReceipt, settings.visibilityTimeout);
    await this.#poison.createIfNotExists();
    await this.#poison.sendMessage(message.messageText);
    faultInjection.crashPoint("crashMessagePoisoned", message.messageId);
    await this.#queue.deleteMessage(message.messageId, popReceipt);
    log(
      "error",
      this.#name,
      `The message ${message.messageId} is given up; it is in the queue ${this.#poison.name} now.`,
    );
  }
}

/** Keeps a message invisible while its handler works. Each renewal changes the receipt. */
class Lease {
  #receipt: Promise<string>;
  #forget: () => void = () => undefined;

  constructor(queue: QueueClient, message: DequeuedMessageItem, clock: Clock) {
    this.#receipt = Promise.resolve(message.popReceipt);
    const renewLater = (): void => {
      this.#forget = clock.at(clock.now() + (INVISIBLE_SECONDS / 2) * 1_000, () => {
        this.#receipt = this.#receipt.then(async (receipt) => {
          const { popReceipt = receipt } = await queue.updateMessage(
            message.messageId,
            receipt,
            message.messageText,
            INVISIBLE_SECONDS,
          );
          return popReceipt;
        });
        renewLater();
      });
    };
    renewLater();
  }

  /** Stops renewing; answers the receipt that is valid now. */
  end(): Promise<string> {
    this.#forget();
    return this.#receipt;
  }
}

const triggerMetadata = (message: DequeuedMessageItem, text: string): Record<string, TypedData> => ({
  QueueTrigger: { string: text },
  Id: { string: message.messageId },
  DequeueCount: { json: String(message.dequeueCount) },
  PopReceipt: { string: message.popReceipt },
  InsertionTime: { json: JSON.stringify(message.insertedOn) },
  ExpirationTime: { json: JSON.stringify(message.expiresOn) },
  NextVisibleTime: { json: JSON.stringify(message.nextVisibleOn) },
});

/** A queue that is not there has no messages. */
function none(error: unknown): readonly DequeuedMessageItem[] {
  if ((error as { readonly statusCode?: number }).statusCode === 404) return [];
  throw error;
}
