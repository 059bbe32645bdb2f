// Posts the card of an event to Teams, where a person should see it. One card per event: claimed, posted, then marked,
// so that a crash may repeat one but never lose one.
import type { EventGridHandler } from "@azure/functions";
import { z } from "zod";
import type { FerryEvent } from "../../shared/migration/events/events.ts";
import { cardFor } from "../../shared/notify/teamsCard.ts";
import type { Services } from "../../shared/ports.ts";

/** No more than the card cannot do without: another version may have written the event, and a card leaves out what is absent. */
const Published = z.looseObject({
  specversion: z.literal("1.0"),
  id: z.string(),
  type: z.string().startsWith("com.sqlferry."),
  data: z.looseObject({ migrationId: z.string() }),
});

export const notifyTeams =
  ({ migrations, teams, clock }: Services): EventGridHandler =>
  async (received) => {
    const event = Published.parse(received) as unknown as FerryEvent;
    const card = cardFor(event);
    if (!card) return;
    const { id } = event;
    const { migrationId } = event.data;
    const claim = await migrations.claimCard(migrationId, id, clock.now());
    if (claim === "posted") return;
    // Event Grid delivers again: by then the other delivery has posted the card, or has died and its claim has run out
    if (claim === "busy") throw new Error(`The card for event ${id} is being posted by another delivery.`);
    let isPosted: boolean;
    try {
      isPosted = await teams.post(card);
    } catch (error) {
      await migrations.dropCardClaim(migrationId, id);
      throw error;
    }
    if (isPosted) await migrations.noteCardPosted(migrationId, id, clock.now().toISOString());
    else await migrations.dropCardClaim(migrationId, id);
  };
