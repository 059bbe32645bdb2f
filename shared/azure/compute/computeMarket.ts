// Asks Microsoft.Compute, as whoever signed in, for the sizes, disks and quota of a subscription in a region.
import { z } from "zod";
import type { Capabilities, ComputeSku, Usage } from "../../sizing/computeSkus.ts";
import { type ArmAccess, type ArmRequest, armSender, reasonOf } from "../arm/armRequests.ts";

export interface ComputeMarket {
  /** Sizes and disks of the region. */
  readonly skus: readonly ComputeSku[];
  readonly usages: readonly Usage[];
}

/** Asked of Azure, or why there is no answer. */
export type Asked<Facts> = { readonly ok: true; readonly facts: Facts } | { readonly ok: false; readonly why: string };

const SKUS_API_VERSION = "2021-07-01";
const USAGES_API_VERSION = "2024-07-01";
/** A region has some thousand entries in a page or a few. */
const MOST_PAGES = 50;

const capabilities = z
  .array(z.object({ name: z.string(), value: z.string() }))
  .nullish()
  .transform((all): Capabilities => Object.fromEntries((all ?? []).map(({ name, value }) => [name, value])));
const strings = z
  .array(z.string())
  .nullish()
  .transform((all) => all ?? []);

/** Some answers say `Name` where the specification says `name`. */
const ZoneDetails = z
  .looseObject({ name: strings, Name: strings, capabilities })
  .transform((one) => ({ zones: [...one.name, ...one.Name], capabilities: one.capabilities }));

const Sku = z
  .looseObject({
    resourceType: z.string(),
    name: z.string(),
    family: z.string().nullish(),
    locationInfo: z
      .array(z.looseObject({ location: z.string(), zones: strings, zoneDetails: z.array(ZoneDetails).nullish() }))
      .nullish(),
    capabilities,
    restrictions: z
      .array(
        z.looseObject({
          type: z.string(),
          reasonCode: z.string().nullish(),
          restrictionInfo: z.looseObject({ zones: strings }).nullish(),
        }),
      )
      .nullish(),
  })
  .transform(
    ({ resourceType, name, family, locationInfo, capabilities: of, restrictions }): ComputeSku => ({
      resourceType,
      name,
      ...(family && { family }),
      locationInfo: (locationInfo ?? []).map(({ location, zones, zoneDetails }) => ({
        location,
        zones,
        zoneDetails: zoneDetails ?? [],
      })),
      capabilities: of,
      restrictions: (restrictions ?? []).map(({ type, reasonCode, restrictionInfo }) => ({
        type,
        reasonCode: reasonCode ?? "no reason given",
        zones: restrictionInfo?.zones ?? [],
      })),
    }),
  );

const UsageEntry = z
  .looseObject({ name: z.looseObject({ value: z.string() }), currentValue: z.number(), limit: z.number() })
  .transform(({ name, currentValue, limit }): Usage => ({ name: name.value, used: currentValue, limit }));

const page = <Entry extends z.ZodType>(entry: Entry) =>
  z.looseObject({ value: z.array(entry), nextLink: z.string().nullish() });

/** An answer of ResourceSkus_List, for tests with recorded ones. */
export const SkusPage = page(Sku);
const UsagesPage = page(UsageEntry);

/** Two lists, all pages of each. `subscriptionId` needs Reader: Microsoft.Compute/skus/read, locations/usages/read. */
export async function computeMarket(
  access: ArmAccess,
  { subscriptionId, region }: { readonly subscriptionId: string; readonly region: string },
): Promise<Asked<ComputeMarket>> {
  const send = armSender(access);
  const all = async <Entry>(
    request: ArmRequest,
    schema: z.ZodType<{ readonly value: readonly Entry[]; readonly nextLink?: string | null | undefined }>,
  ): Promise<Asked<readonly Entry[]>> => {
    const entries: Entry[] = [];
    let query = request.query;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const answer = await send({ ...request, ...(query && { query }) });
      if (answer.kind !== "ok") return { ok: false, why: reasonOf(answer) };
      const parsed = schema.safeParse(answer.body);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        return {
          ok: false,
          why: `${request.operation} answers in another form: ${issue?.path.join(".")}: ${issue?.message}`,
        };
      }
      entries.push(...parsed.data.value);
      query = nextQuery(parsed.data.nextLink);
      if (query === undefined) return { ok: true, facts: entries };
    }
    return { ok: false, why: `${request.operation} has no last page` };
  };
  const [skus, usages] = await Promise.all([
    all(
      {
        operation: "ResourceSkus_List",
        values: { subscriptionId },
        apiVersion: SKUS_API_VERSION,
        query: { $filter: `location eq '${region}'` },
      },
      SkusPage,
    ),
    all(
      { operation: "Usage_List", values: { subscriptionId, location: region }, apiVersion: USAGES_API_VERSION },
      UsagesPage,
    ),
  ]);
  if (!skus.ok) return skus;
  if (!usages.ok) return usages;
  return { ok: true, facts: { skus: skus.facts, usages: usages.facts } };
}

/** The list's own address is known; only the query of the link says which page. */
function nextQuery(nextLink: string | null | undefined): Record<string, string> | undefined {
  const { "api-version": _, ...query } = Object.fromEntries(new URLSearchParams(/\?(.*)$/.exec(nextLink ?? "")?.[1]));
  return Object.keys(query).length === 0 ? undefined : query;
}
