// Posts the card of an event, if a person should see it: claimed, posted, then marked, so that a crash may repeat one
// but never lose one.
import type { FerryEvent } from "../../migration/events/events.ts";
import { cardFor } from "../../notify/teamsCard.ts";
import type { Services } from "../../ports.ts";

/**
 * Throws when the channel refuses it, or while another delivery is posting it: then the event has to be delivered
 * again.
 */
export async function postCard({ migrations, teams, clock }: Services, event: FerryEvent): Promise<void> {
  const card = cardFor(event);
  if (!card) return;
  const { id } = event;
  const { migrationId } = event.data;
  const claim = await migrations.claimCard(migrationId, id, clock.now());
  if (claim === "posted") return;
  // By the next delivery the other one has posted the card, or has died and its claim has expired.
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
}
