// Publishes events to an Event Grid topic with schema CloudEvents 1.0.
import type { EventGridPublisherClient } from "@azure/eventgrid";
import { EventsRefusedError } from "../../migration/events/eventBatches.ts";
import type { EventPublisher } from "../../ports.ts";

/**
 * Publish Cloud Event Events. All of the request or nothing: what a refused or unanswered one held may be published
 * again.
 */
export const createEventGridPublisher = (topic: EventGridPublisherClient<"CloudEvent">): EventPublisher => ({
  async publish(events, signal) {
    if (events.length === 0) return;
    try {
      await topic.send(
        events.map((event) => ({ ...event, time: new Date(event.time) })),
        { abortSignal: signal },
      );
    } catch (error) {
      const { statusCode, message } = error as { statusCode?: number; message?: string };
      if (statusCode === 400 || statusCode === 413) throw new EventsRefusedError(`${statusCode} ${message}`);
      throw error;
    }
  },
});
