// Posts the card of an event to Teams, where a person should see it. One card per event: claimed, posted, then marked,
// so that a crash may repeat one but never lose one.
import type { EventGridHandler } from "@azure/functions";
import { z } from "zod";
import { postCard } from "../../shared/application/notify/postCard.ts";
import type { FerryEvent } from "../../shared/migration/events/events.ts";
import type { Services } from "../../shared/ports.ts";

/**
 * Requires only what every card needs: another version may have written the event, and a card leaves out what is
 * absent.
 */
const Published = z.looseObject({
  specversion: z.literal("1.0"),
  id: z.string(),
  type: z.string().startsWith("com.sqlferry."),
  data: z.looseObject({ migrationId: z.string() }),
});

export const notifyTeams =
  (services: Services): EventGridHandler =>
  async (received) => {
    await postCard(services, Published.parse(received) as unknown as FerryEvent);
  };
