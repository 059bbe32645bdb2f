// POST /sizings: stores what a server needs, as it was measured. An older measurement does not replace a newer one.
import { publishSizing as publish } from "../../../shared/application/source/publishSizing.ts";
import { PublishedSizing } from "../../../shared/sizing/sizingShapes.ts";
import { command } from "../command.ts";

export const publishSizing = command("PublishSizing", PublishedSizing, publish);
