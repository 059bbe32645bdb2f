// Makes the published sizing of a small server.

import { confidenceOf } from "../../shared/sizing/measured/confidence.ts";
import type { Load } from "../../shared/sizing/measured/load.ts";
import { needOf, USUAL } from "../../shared/sizing/need.ts";
import { publishedSizing } from "../../shared/sizing/publishedSizing.ts";
import { recommend } from "../../shared/sizing/recommend.ts";
import type { PublishedSizing } from "../../shared/sizing/sizingShapes.ts";
import { load, MARKET, minute } from "../unit/shared/sizing/support.ts";

/** Two cores and 20 GiB for a day, unless `of` says otherwise. */
export function aSizing(more: Partial<Load> = {}, of: Parameters<typeof minute>[1] = {}): PublishedSizing {
  const points = Array.from({ length: 24 * 60 }, (_, at) => minute(at, { cores: 2, memoryGib: 20, ...of }));
  const measured = load(points, { server: "SQL01", ...more });
  const need = needOf(measured);
  return publishedSizing({
    load: measured,
    options: USUAL,
    need,
    confidence: confidenceOf(measured),
    prices: MARKET.prices,
    recommendation: recommend(need, MARKET),
  });
}
