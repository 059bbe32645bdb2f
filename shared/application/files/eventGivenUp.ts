// Handles a file whose event the functions host gave up after its last retry: its row says why, and the sweep tries
// again.
import { migrationEvent } from "../../migration/events/eventBuilders.ts";
import { placeOf } from "../../migration/placement.ts";
import type { Invocation, Services } from "../../ports.ts";
import { decide } from "../run/decide.ts";
import { eventContext } from "../run/eventContext.ts";
import { migrationIdOfBlob } from "./catalogueBlob.ts";
import { ensureMigration } from "./ensureMigration.ts";
import { folderChanged } from "./folderChanged.ts";

/** `name` of a blob in the container of backups. Safe to repeat. */
export async function eventGivenUp(services: Services, invocation: Invocation, name: string): Promise<void> {
  const { files, catalogue } = services;
  const file = await files.find(name);
  if (!file) return; // deleted meanwhile
  await ensureMigration(services, invocation, placeOf(file.name).folder);
  const migrationId = migrationIdOfBlob(services, file.name);
  const known = await catalogue.find(migrationId, file.name);
  if (known?.isNewer || known?.record.etag === file.etag) return; // a later event or the sweep has read it
  const why = "The functions host gave the file's event up after all its tries; the sweep reads the file again.";
  // The alarm first: once the row is there, a repetition takes the file for one that was read.
  await decide(services, invocation, migrationId, ({ migration }) => ({
    change: {
      migration,
      events: [
        migrationEvent(eventContext(services, migration), "alarm.unreadable", file.etag, {
          file: file.name,
          detail: why,
        }),
      ],
    },
    answer: undefined,
  }));
  await catalogue.put(migrationId, { ...file, content: { kind: "unreadable", code: "UNREACHABLE", message: why } });
  await folderChanged(services, invocation, migrationId);
}
