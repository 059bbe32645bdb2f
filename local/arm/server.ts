// Serves the emulator of Azure Resource Manager: the whole way of a request, on one page.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { listSkus, listUsages } from "./computeMarket.ts";
import { folderReader } from "./containers.ts";
import { control } from "./control.ts";
import type { Place } from "./documentedErrors.ts";
import {
  deleteMigrationService,
  getListMigrations,
  getMigrationService,
  listMigrationServices,
  patchMigrationService,
  postDeleteNode,
  postListAuthKeys,
  postListMonitoringData,
  postRegenerateAuthKeys,
  putMigrationService,
} from "./migrationServices.ts";
import { deleteMigration, getMigration, getOperation, postCancel, postCutover, putMigration } from "./migrations.ts";
import {
  getInstanceView,
  getNetworkInterface,
  getProvider,
  getSecret,
  getSqlVm,
  getStorageAccount,
  getVirtualMachine,
  postListKeys,
  scopeRefusal,
} from "./otherResources.ts";
import {
  type ArmCall,
  assumedRefusal,
  documentedRefusal,
  type Emulator,
  type Handler,
  type Reply,
  refusal,
  refusalOnDemand,
  strikes,
} from "./replies.ts";
import type { Seed } from "./resources.ts";
import { withSeeded } from "./serviceState.ts";
import { ARM_AUDIENCES, issueToken, tokenRefusal, VAULT_AUDIENCES } from "./signatures.ts";
import { openState, type Settings, shownTime } from "./state.ts";

export interface ArmEmulatorOptions {
  readonly seed: Seed;
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Absent: nothing survives the process. */
  readonly dataFolder?: string;
  readonly settings?: Partial<Settings>;
  /** What the managed identity endpoint wants as X-IDENTITY-HEADER. */
  readonly identityHeader: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface ArmEmulator {
  /** For ARM_ENDPOINT; IDENTITY_ENDPOINT is this and "/msi/token". */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts listening on loopback. Rejects when the port is taken. */
export async function startArmEmulator(options: ArmEmulatorOptions): Promise<ArmEmulator> {
  const now = options.now ?? Date.now;
  const file = openState(options.dataFolder, options.settings ?? {}, now());
  file.state.services = withSeeded(file.state.services, options.seed);
  const emulator: Emulator = {
    seed: options.seed,
    state: file.state,
    look: folderReader(now),
    realNow: now,
    now: () => shownTime(file.state, now()),
    save: () => file.save(),
  };
  file.save();
  const server = createServer((request, response) => {
    void answer(emulator, options.identityHeader, request)
      .catch((error: Error) => refusal(500, "EmulatorFault", error.stack ?? error.message))
      .then((reply) => write(response, request.method ?? "GET", reply));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(emulator: Emulator, identityHeader: string, request: IncomingMessage): Promise<Reply> {
  const origin = `http://${request.headers.host}`;
  const url = new URL(request.url ?? "/", origin);
  const method = request.method ?? "GET";
  const nowSeconds = Math.floor(emulator.realNow() / 1000);
  const { secret } = emulator.state;

  if (url.pathname === "/msi/token") return identity(secret, identityHeader, request, url, nowSeconds);
  const body = await bodyOf(request);
  if (body === NOT_JSON) return refusal(400, "InvalidRequestContent", "The request content is not valid JSON.");
  if (url.pathname.startsWith("/_emulator/")) return control(emulator, method, url.pathname, body);

  const isVault = url.pathname.startsWith(VAULT);
  const audiences = isVault ? VAULT_AUDIENCES : ARM_AUDIENCES;
  const wrongToken = tokenRefusal(secret, request.headers.authorization, audiences, nowSeconds);
  if (wrongToken !== undefined) return refusal(401, "AuthenticationFailed", `Authentication failed. ${wrongToken}`);
  if (isVault) return getSecret(emulator, url.pathname.slice(VAULT.length));
  const found = findRoute(method, url.pathname);
  if (found === undefined)
    return refusal(404, "InvalidResourceType", `The emulator does not know ${method} ${url.pathname}.`);
  const wrongVersion = versionRefusal(found.route, url.searchParams.get("api-version"));
  if (wrongVersion !== undefined) return wrongVersion;
  const { at } = found.route;
  const call = { values: found.values, method, query: url.searchParams, body, origin, ...(at !== undefined && { at }) };
  return scopeRefusal(emulator, call) ?? disturbed(emulator, call) ?? found.route.handler(emulator, call);
}

/** Key Vault, whose addresses end in "/secrets/<name>". */
const VAULT = "/vault/secrets/";

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly versions: readonly string[];
  readonly handler: Handler;
  /** Where refusals on demand strike. */
  readonly at?: Place;
}

const route = (method: string, path: string, versions: readonly string[], handler: Handler, at?: Place): Route => ({
  method,
  segments: path.split("/").slice(1),
  versions,
  handler,
  ...(at !== undefined && { at }),
});

const DMS = [
  "2021-10-30-preview",
  "2022-01-30-preview",
  "2022-03-30-preview",
  "2023-07-15-preview",
  "2025-03-15-preview",
  "2025-06-30",
  "2025-09-01-preview",
];
const SQL_VM = ["2017-03-01-preview", "2022-07-01-preview", "2023-10-01"];
const COMPUTE = ["2023-09-01", "2024-03-01", "2024-07-01"];
const STORAGE = ["2022-09-01", "2023-01-01", "2023-05-01"];
const RESOURCES = ["2021-04-01", "2022-09-01"];
const NETWORK = ["2023-04-01", "2023-09-01", "2024-01-01"];

const GROUP = "/subscriptions/{subscription}/resourceGroups/{group}/providers";
const VM = `${GROUP}/Microsoft.SqlVirtualMachine/sqlVirtualMachines/{vm}`;
const MIGRATION = `${VM}/providers/Microsoft.DataMigration/databaseMigrations/{targetDb}`;
const SERVICES = `${GROUP}/Microsoft.DataMigration/sqlMigrationServices`;
const SERVICE = `${SERVICES}/{service}`;
const ACCOUNT = `${GROUP}/Microsoft.Storage/storageAccounts/{account}`;
const DMS_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.DataMigration";
const COMPUTE_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute";

const ROUTES: readonly Route[] = [
  route("GET", MIGRATION, DMS, getMigration, "get"),
  route("PUT", MIGRATION, DMS, putMigration, "put"),
  route("POST", `${MIGRATION}/cutover`, DMS, postCutover, "cutover"),
  route("POST", `${MIGRATION}/cancel`, DMS, postCancel, "cancel"),
  route("DELETE", MIGRATION, DMS, deleteMigration, "delete"),
  route(
    "GET",
    `${DMS_PROVIDER}/locations/{location}/operationTypes/{type}/operationResults/{operation}`,
    DMS,
    getOperation,
  ),
  route("GET", SERVICE, DMS, getMigrationService),
  route("PUT", SERVICE, DMS, putMigrationService),
  route("PATCH", SERVICE, DMS, patchMigrationService),
  route("DELETE", SERVICE, DMS, deleteMigrationService, "deleteService"),
  route("GET", SERVICES, DMS, listMigrationServices),
  route("GET", `${DMS_PROVIDER}/sqlMigrationServices`, DMS, listMigrationServices),
  route("POST", `${SERVICE}/listAuthKeys`, DMS, postListAuthKeys),
  route("POST", `${SERVICE}/regenerateAuthKeys`, DMS, postRegenerateAuthKeys),
  route("POST", `${SERVICE}/deleteNode`, DMS, postDeleteNode),
  route("POST", `${SERVICE}/listMonitoringData`, DMS, postListMonitoringData),
  route("GET", `${SERVICE}/listMigrations`, DMS, getListMigrations),
  route("GET", VM, SQL_VM, getSqlVm),
  route("GET", `${GROUP}/Microsoft.Compute/virtualMachines/{vm}`, COMPUTE, getVirtualMachine),
  route("GET", `${GROUP}/Microsoft.Compute/virtualMachines/{vm}/instanceView`, COMPUTE, getInstanceView),
  route("GET", `${GROUP}/Microsoft.Network/networkInterfaces/{networkInterface}`, NETWORK, getNetworkInterface),
  route("GET", ACCOUNT, STORAGE, getStorageAccount),
  route("POST", `${ACCOUNT}/listKeys`, STORAGE, postListKeys, "listKeys"),
  route("GET", DMS_PROVIDER, RESOURCES, getProvider),
  route("GET", `${COMPUTE_PROVIDER}/skus`, ["2021-07-01"], listSkus),
  route("GET", `${COMPUTE_PROVIDER}/locations/{location}/usages`, COMPUTE, listUsages),
];

function findRoute(method: string, pathname: string) {
  const segments = pathname.split("/").slice(1).map(decodeURIComponent);
  for (const candidate of ROUTES) {
    const values = candidate.method === method ? match(candidate.segments, segments) : undefined;
    if (values !== undefined) return { route: candidate, values };
  }
  return undefined;
}

// Literal segments are compared without case, as ARM does.
function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith("{")) values[part.slice(1, -1)] = segment;
    else if (part.toLowerCase() !== segment.toLowerCase()) return undefined;
  }
  return values;
}

function versionRefusal({ versions }: Route, version: string | null): Reply | undefined {
  if (version === null || version === "")
    return assumedRefusal(
      "missingApiVersion",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  if (versions.includes(version)) return undefined;
  return assumedRefusal(
    "unknownApiVersion",
    `The api-version '${version}' is invalid. The supported versions are '${versions.join(",")}'.`,
  );
}

// What keeps a request from being served, on demand.
function disturbed(emulator: Emulator, { values, method, at }: ArmCall): Reply | undefined {
  const targetDb = values["targetDb"];
  const place = { vm: values["vm"] ?? "", method, ...(targetDb !== undefined && { targetDb }) };
  const fault = strikes(emulator, ["throttle429", "serverError503"], place);
  if (fault === undefined) return at && refusalOnDemand(emulator, at, place);
  const headers = { "Retry-After": String(emulator.state.settings.retryAfterSeconds) };
  return fault === "throttle429"
    ? { ...assumedRefusal("throttled", "The request is being throttled."), headers }
    : documentedRefusal("ServiceUnavailable");
}

// App Service's managed identity endpoint, api-version 2019-08-01.
function identity(secret: string, header: string, request: IncomingMessage, url: URL, nowSeconds: number): Reply {
  const resource = url.searchParams.get("resource");
  if (request.headers["x-identity-header"] !== header || resource === null)
    return { status: 400, body: { statusCode: 400, message: "X-IDENTITY-HEADER or resource is missing or wrong." } };
  return { status: 200, body: issueToken(secret, resource, nowSeconds) };
}

const NOT_JSON = Symbol("not JSON");

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString("utf8");
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

const HEADERS = {
  "Cache-Control": "no-cache",
  Pragma: "no-cache",
  Server: "Microsoft-HTTPAPI/2.0",
  "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
  "X-Content-Type-Options": "nosniff",
  "Content-Type": "application/json; charset=utf-8",
  Expires: "-1",
};

/** What ARM counts of a subscription's requests, as far as it tells. */
const REMAINING: Readonly<Record<string, readonly [name: string, left: string]>> = {
  GET: ["x-ms-ratelimit-remaining-subscription-reads", "11999"],
  DELETE: ["x-ms-ratelimit-remaining-subscription-deletes", "14999"],
};
const WRITES = ["x-ms-ratelimit-remaining-subscription-writes", "1199"] as const;

function write(response: ServerResponse, method: string, { status, body, headers, cutConnection }: Reply): void {
  if (cutConnection === true) {
    response.socket?.destroy();
    return;
  }
  const text = body === undefined ? "" : JSON.stringify(body);
  const [name, left] = REMAINING[method] ?? WRITES;
  const own = { "x-ms-request-id": randomUUID(), [name]: left };
  response.writeHead(status, { ...HEADERS, ...own, "Content-Length": Buffer.byteLength(text), ...headers }).end(text);
}
