// Should a person see this event, and have they? One card per event: posted first, then marked, so that a crash may repeat one but never lose one.
import type { EventGridHandler } from "@azure/functions";
import { z } from "zod";
import type { FerryEvent } from "../../shared/migration/events.ts";
import { cardFor } from "../../shared/notify/teamsCard.ts";
import type { Services } from "../../shared/services.ts";

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
    const { migrationId } = event.data;
    if (await migrations.cardPosted(migrationId, event.id)) return;
    if (await teams.post(card)) await migrations.noteCardPosted(migrationId, event.id, clock.now().toISOString());
  };
