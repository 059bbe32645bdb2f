// Answers SqlMigrationServices_*: migration services with their self-hosted integration runtimes.
import { hasEnded } from "./databaseMigration.ts";
import { advanceAll, isThere, showing } from "./migrations.ts";
import { asOperation } from "./operations.ts";
import {
  type ArmCall,
  documentedRefusal,
  type Emulator,
  type Handler,
  notFound,
  type Reply,
  refusal,
} from "./replies.ts";
import { migrationServiceId, same } from "./resources.ts";
import { newAuthKey, newService, runtimeState } from "./serviceState.ts";
import type { ServiceState } from "./state.ts";
import { migrationView } from "./views.ts";

const RUNTIME = "default-ir";

/** Handles a call to a service that exists. */
const onService =
  (handle: (emulator: Emulator, call: ArmCall, service: ServiceState) => Reply | Promise<Reply>): Handler =>
  (emulator, call) => {
    const service = emulator.state.services.find(({ name }) => same(name, call.values["service"]));
    return service === undefined
      ? notFound(emulator, `Microsoft.DataMigration/sqlMigrationServices/${call.values["service"]}`)
      : handle(emulator, call, service);
  };

/** SqlMigrationServices_Get. */
export const getMigrationService: Handler = onService((emulator, _call, service) => ({
  status: 200,
  body: migrationServiceView(emulator, service),
}));

/**
 * SqlMigrationServices_ListByResourceGroup and _ListBySubscription: the state of the runtime is always "" here
 * (2022).
 */
export const listMigrationServices: Handler = (emulator) => ({
  status: 200,
  body: {
    value: emulator.state.services.map((service) => {
      const view = migrationServiceView(emulator, service);
      return { ...view, properties: { ...view.properties, integrationRuntimeState: "" } };
    }),
  },
});

/** SqlMigrationServices_Update: the tags alone. */
export const patchMigrationService: Handler = onService((emulator, call, service) => {
  const { tags } = (call.body ?? {}) as { readonly tags?: unknown };
  if (typeof tags !== "object" || tags === null) return documentedRefusal("InvalidArgument");
  const tagged = { ...service, tags: Object.fromEntries(Object.entries(tags).map(([k, v]) => [k, String(v)])) };
  replaceService(emulator, tagged);
  return { status: 200, body: migrationServiceView(emulator, tagged) };
});

/** SqlMigrationServices_Delete: refused while migrations run; 204 for one that is not there. */
export const deleteMigrationService: Handler = async (emulator, call) => {
  const { state } = emulator;
  const service = state.services.find(({ name }) => same(name, call.values["service"]));
  if (service === undefined) return { status: 204 };
  await advanceAll(emulator);
  if (state.migrations.some((one) => !hasEnded(one) && isOf(emulator, service, one.order.migrationService)))
    return documentedRefusal("DeleteServiceNotAllowed");
  state.services = state.services.filter((one) => one !== service);
  const reply = asOperation(emulator, call, { type: "deletesqlmigrationservice", of: service.name }, { status: 202 });
  return { ...reply, headers: { ...reply.headers, Location: reply.headers?.["Azure-AsyncOperation"] ?? "" } };
};

/** SqlMigrationServices_CreateOrUpdate: 201 and Provisioning at first, 200 for one that exists. */
export const putMigrationService: Handler = (emulator, call) => {
  const name = call.values["service"] ?? "";
  const { location, tags } = (call.body ?? {}) as Partial<ServiceState>;
  if (typeof location !== "string" || location === "")
    return refusal(400, "LocationRequired", "The location property is required for this definition.");
  const { state } = emulator;
  const known = state.services.find((one) => same(one.name, name));
  if (known !== undefined && !same(known.location, location))
    return refusal(
      409,
      "InvalidResourceLocation",
      `The resource '${name}' already exists in location '${known.location}'.`,
    );
  const service = known ?? newService(name, location, emulator.now() + state.settings.serviceSeconds * 1_000);
  const tagged = { ...service, ...(tags !== undefined && { tags }) };
  state.services = [...state.services.filter((one) => one !== known), tagged];
  return asOperation(
    emulator,
    call,
    { type: "createsqlmigrationservice", of: service.name },
    { status: known ? 200 : 201, body: migrationServiceView(emulator, tagged) },
  );
};

/** SqlMigrationServices_ListAuthKeys. */
export const postListAuthKeys: Handler = onService((_emulator, _call, { authKey1, authKey2 }) => ({
  status: 200,
  body: { authKey1, authKey2 },
}));

/** SqlMigrationServices_RegenerateAuthKeys: the new key alone. Nodes that registered with the old one stay. */
export const postRegenerateAuthKeys: Handler = onService((emulator, call, service) => {
  const { keyName } = (call.body ?? {}) as { readonly keyName?: unknown };
  const which = (["authKey1", "authKey2"] as const).find((one) => same(one, String(keyName)));
  if (which === undefined) return refusal(400, "InvalidParameterValue", "keyName is authKey1 or authKey2.");
  const key = newAuthKey(service.name, service.location);
  replaceService(emulator, { ...service, [which]: key });
  return { status: 200, body: { [which]: key } };
});

/** SqlMigrationServices_DeleteNode: echoes the request. */
export const postDeleteNode: Handler = onService((emulator, call, service) => {
  const body = (call.body ?? {}) as { readonly nodeName?: string; readonly integrationRuntimeName?: string };
  if (!same(body.integrationRuntimeName, RUNTIME) || !service.nodes.some((node) => same(node, body.nodeName)))
    return refusal(404, "NodeNotFound", `There is no node '${body.nodeName}' of '${body.integrationRuntimeName}'.`);
  replaceService(emulator, { ...service, nodes: service.nodes.filter((node) => !same(node, body.nodeName)) });
  return { status: 200, body };
});

/** SqlMigrationServices_ListMonitoringData. */
export const postListMonitoringData: Handler = onService((emulator, _call, service) => {
  const uploads = emulator.state.migrations.filter(
    (one) => one.order.share && !hasEnded(one) && isOf(emulator, service, one.order.migrationService),
  );
  const nodes = service.nodes.map((nodeName) => ({
    nodeName,
    availableMemoryInMB: 8_192,
    cpuUtilization: uploads.length > 0 ? 40 : 2,
    concurrentJobsLimit: 20,
    concurrentJobsRunning: uploads.length,
    maxConcurrentJobs: 20,
  }));
  return { status: 200, body: { name: RUNTIME, nodes } };
});

/** SqlMigrationServices_ListMigrations: the latest run of every target, without details, in one page. */
export const getListMigrations: Handler = onService(async (emulator, call, service) => {
  await advanceAll(emulator);
  const latest = new Map(
    emulator.state.migrations
      .filter((one) => isThere(emulator, one) && isOf(emulator, service, one.order.migrationService))
      .map((one) => [`${one.vmName}/${one.targetDbName}`.toLowerCase(), one]),
  );
  return {
    status: 200,
    body: { value: [...latest.values()].map((one) => migrationView(one, showing(emulator, call))) },
  };
});

/** A host has installed the runtime and registers it with a key: what no REST operation does. False: no such key. */
export function registerNode(emulator: Emulator, nodeName: string, authKey: string): boolean {
  const service = emulator.state.services.find((one) => one.authKey1 === authKey || one.authKey2 === authKey);
  if (service === undefined) return false;
  replaceService(emulator, { ...service, nodes: [...new Set([...service.nodes, nodeName])] });
  return true;
}

const isOf = ({ seed }: Emulator, { name }: ServiceState, id: string): boolean =>
  same(migrationServiceId(seed, name), id);

function replaceService(emulator: Emulator, service: ServiceState): void {
  const { state } = emulator;
  state.services = state.services.map((one) => (same(one.name, service.name) ? service : one));
  emulator.save();
}

const migrationServiceView = ({ seed, now }: Emulator, service: ServiceState) => ({
  properties:
    now() < service.readyAt
      ? { provisioningState: "Provisioning" }
      : { provisioningState: "Succeeded", integrationRuntimeState: runtimeState(service) },
  location: service.location,
  tags: service.tags,
  id: migrationServiceId(seed, service.name),
  name: service.name,
  type: "Microsoft.DataMigration/sqlMigrationServices",
});
