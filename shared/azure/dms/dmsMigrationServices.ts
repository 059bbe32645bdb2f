// Implements the MigrationServices port: what is known of migration services, and the care of their integration
// runtimes.
import { z } from "zod";
import type { EngineFailure, ServiceMigration, Sighting } from "../../migration/observed.ts";
import type { AuthKeysAnswer, MigrationServices } from "../../ports.ts";
import { type ArmAccess, type ArmAnswer, armSender } from "../arm/armRequests.ts";
import { parseResourceId } from "../arm/resourceId.ts";
import { engineAnswer, sightingOf } from "./answers.ts";
import { dataMigrationClient } from "./dataMigrationClient.ts";
import { explain } from "./errors.ts";
import { failureOf } from "./failures.ts";
import { AuthKeys, MigrationsPage, MonitoringData, SqlMigrationService } from "./models.ts";
import { serviceOddities } from "./oddities.ts";

export interface MigrationServicesOptions extends ArmAccess {
  readonly apiVersion: string;
  /** Microsoft.DataMigration/sqlMigrationServices; names of others are looked up beside it. */
  readonly serviceResourceId: string;
}

/** Every self-hosted integration runtime of DMS bears this name. */
const RUNTIME = "default-ir";
const RESOURCES_API_VERSION = "2021-04-01";
/** A service showed 60 migrations without a second page (2021); this many pages mean that something is wrong. */
const MOST_PAGES = 100;
const ENDED = ["Succeeded", "Failed", "Canceled", "Cancelled"];

/** SqlMigrationServices_* and Providers_Get. Throws when the configured id is none, which config.ts refuses before. */
export function createDmsMigrationServices(options: MigrationServicesOptions): MigrationServices {
  const send = armSender(options);
  const configured = parseResourceId(options.serviceResourceId, "Microsoft.DataMigration/sqlMigrationServices");
  if (configured === undefined) throw new Error(`"${options.serviceResourceId}" is not the id of a migration service.`);
  const { subscriptionId, resourceGroup } = configured;
  const { sqlMigrationServices } = dataMigrationClient(send, subscriptionId, options.apiVersion);

  return {
    configuredName: configured.name,

    async find(name) {
      return sightingOf(await sqlMigrationServices.get(resourceGroup, name), (body) => {
        const parsed = SqlMigrationService.safeParse(body);
        if (!parsed.success) return undefined;
        const { location, properties } = parsed.data;
        for (const text of serviceOddities(properties ?? {})) options.note?.(text);
        return {
          name: parsed.data.name ?? name,
          ...(location !== undefined && { location }),
          ...(properties?.provisioningState !== undefined && { provisioningState: properties.provisioningState }),
          ...(properties?.integrationRuntimeState !== undefined && {
            integrationRuntimeState: properties.integrationRuntimeState,
          }),
        };
      });
    },

    create: async (name, location) =>
      engineAnswer(await sqlMigrationServices.createOrUpdate(resourceGroup, name, { location })),
    authKeys: async (name) => keysOf(await sqlMigrationServices.listAuthKeys(resourceGroup, name)),
    regenerateAuthKey: async (name, keyName) =>
      keysOf(await sqlMigrationServices.regenerateAuthKeys(resourceGroup, name, { keyName })),

    async nodes(name) {
      return sightingOf(await sqlMigrationServices.listMonitoringData(resourceGroup, name), (body) => {
        const parsed = MonitoringData.safeParse(body);
        if (!parsed.success) return undefined;
        return (parsed.data.nodes ?? []).flatMap(({ nodeName, ...figures }) =>
          nodeName === undefined ? [] : { nodeName, ...numbersIn(figures) },
        );
      });
    },

    deleteNode: async (name, nodeName) =>
      engineAnswer(
        await sqlMigrationServices.deleteNode(resourceGroup, name, { nodeName, integrationRuntimeName: RUNTIME }),
      ),

    async migrations(name) {
      const running: ServiceMigration[] = [];
      let page: Readonly<Record<string, string>> | undefined = {};
      for (let pages = 0; page !== undefined; pages++) {
        if (pages === MOST_PAGES) return unreadable(endless(`More than ${MOST_PAGES} pages.`));
        const seen: Sighting<Page> = sightingOf(
          await sqlMigrationServices.listMigrations(resourceGroup, name, page),
          pageOf,
        );
        if (seen.kind !== "seen") return seen;
        running.push(...seen.facts.running);
        const next: Page["next"] = seen.facts.next;
        if (next !== undefined && isSame(next, page))
          return unreadable(endless("A page names itself as the next one."));
        page = next;
      }
      return { kind: "seen", facts: running };
    },

    async registration(ofSubscription) {
      const answer = await send({
        operation: "Providers_Get",
        values: { subscriptionId: ofSubscription, resourceProviderNamespace: "Microsoft.DataMigration" },
        apiVersion: RESOURCES_API_VERSION,
      });
      return sightingOf(answer, (body) => Provider.safeParse(body).data?.registrationState);
    },
  };
}

const Provider = z.looseObject({ registrationState: z.string() });

const endless = (message: string): EngineFailure => explain({ code: "EndlessList", message });

const isSame = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  new URLSearchParams(a).toString() === new URLSearchParams(b).toString();

const unreadable = (failure: EngineFailure): Sighting<never> => ({ kind: "unreadable", failure });

function keysOf(answer: ArmAnswer): AuthKeysAnswer {
  if (answer.kind !== "ok") return { ok: false, failure: failureOf(answer) };
  const { authKey1, authKey2 } = AuthKeys.safeParse(answer.body).data ?? {};
  return {
    ok: true,
    keys: { ...(authKey1 !== undefined && { authKey1 }), ...(authKey2 !== undefined && { authKey2 }) },
  };
}

const numbersIn = (figures: Readonly<Record<string, unknown>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(figures).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );

interface Page {
  readonly running: readonly ServiceMigration[];
  /** Query of the next page. */
  readonly next?: Readonly<Record<string, string>>;
}

function pageOf(body: unknown): Page | undefined {
  const parsed = MigrationsPage.safeParse(body);
  if (!parsed.success) return undefined;
  const { value = [], nextLink } = parsed.data;
  const running = value.flatMap(({ name, properties }) => {
    const status = properties?.migrationStatus ?? properties?.provisioningState ?? "";
    const isOurKind = properties?.kind === "SqlVm" && properties.scope !== undefined && name !== undefined;
    return isOurKind && !ENDED.includes(status)
      ? { sqlVmResourceId: properties.scope ?? "", databaseName: name, status }
      : [];
  });
  const next = nextPage(nextLink);
  return { running, ...(next !== undefined && { next }) };
}

/**
 * The list's own address is known; only the query of the link, absolute or relative, says which page. Without one
 * there is none.
 */
function nextPage(nextLink: string | undefined): Record<string, string> | undefined {
  const { "api-version": _, ...query } = Object.fromEntries(new URLSearchParams(/\?(.*)$/.exec(nextLink ?? "")?.[1]));
  return Object.keys(query).length === 0 ? undefined : query;
}
