// Tests that a deployment consists of what it should, and of nothing else, by the predictions that reviewers see.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Resource } from "../../infra/bicep.ts";
import { TELEMETRY, type TelemetryEvent } from "../../shared/api/telemetry.ts";
import { SETTINGS } from "../../shared/settings.ts";
import { appSettings, at, type Case, ofType, prediction, predictions } from "../support/predictions.ts";

const index = readFileSync("functions/index.ts", "utf8");

test("the compiler foresees every case without a remark", () => {
  assert.ok(predictions().length >= 14);
  for (const { name, text } of predictions()) assert.deepEqual(JSON.parse(text).diagnostics, [], name);
});

/** The resource groups that sqlferry creates for these environments. */
const isOwn = (id: string): boolean =>
  /\/resourceGroups\/rg-(small|large|existing|taken|strict|case\w\w)(-backups)?(\/|$)/.test(id);

test("whatever exists is only given roles and subscriptions, and an account the poison queue, and a system topic if it has none", () => {
  const allowed = ["Microsoft.Authorization/roleAssignments", "Microsoft.EventGrid/systemTopics/eventSubscriptions"];
  const queue = "Microsoft.Storage/storageAccounts/queueServices/queues";
  const ofAccounts: Readonly<Record<string, readonly string[]>> = {
    "existing.backups": [queue],
    "taken.backups": ["Microsoft.EventGrid/systemTopics", queue],
  };
  for (const one of predictions()) {
    const given = one.resources.filter(
      ({ id, type }) =>
        !isOwn(id) && type !== "Microsoft.Authorization/roleDefinitions" && !type.includes("/privateDnsZones"),
    );
    if (one.name in ofAccounts)
      assert.deepEqual(
        given.map(({ type }) => type),
        ofAccounts[one.name],
        one.name,
      );
    else for (const { id, type } of given) assert.ok(allowed.includes(type), `${one.name}: ${id}`);
  }
});

test("the queue that BackupPoisoned reads is there before the host is, in a created account and in a taken one, and the app's role is on it", () => {
  const [, name] = /queueName: "([^"]+)"/.exec(index) ?? [];
  for (const one of predictions("backups")) {
    const [queue] = ofType(one, "Microsoft.Storage/storageAccounts/queueServices/queues");
    assert.equal(queue?.name.split("/").at(-1), name, one.name);
  }
  for (const one of predictions("main"))
    assert.ok(
      ofType(one, "Microsoft.Authorization/roleAssignments").some(({ id }) =>
        id.includes(`/queueServices/default/queues/${name}/providers/`),
      ),
      one.name,
    );
});

test("a system topic lies in the subscription and the region of its account", () => {
  for (const one of predictions("backups"))
    for (const topic of ofType(one, "Microsoft.EventGrid/systemTopics")) {
      const source = String(at(topic, "properties.source"));
      assert.equal(topic.id.split("/")[2], source.split("/")[2], one.name);
      const [account] = ofType(one, "Microsoft.Storage/storageAccounts");
      if (account) assert.equal(topic.location, account.location, one.name);
      else assert.equal(topic.location, `[reference('${source}', '2025-01-01', 'full').location]`);
    }
  assert.deepEqual(ofType(prediction("existing.backups"), "Microsoft.EventGrid/systemTopics"), []);
});

/** Types and names of sqlferry's own resources; a * stands for a token. */
const lasting = (name: string): string[] =>
  prediction(name)
    .resources.filter(({ id }) => isOwn(id))
    .map(({ type, name: called }) => `${type.split("/").at(-1)} ${called.replace(/\w{13}(?=$|\/)/, "*")}`)
    .toSorted();

test("what outlives the app is said in one layer: identity, vault, account, system topic", () => {
  assert.deepEqual(lasting("existing.backups"), [
    "resourceGroups rg-existing-backups",
    "userAssignedIdentities id-*",
    "vaults kv-*",
  ]);
  assert.deepEqual(lasting("small.backups"), [
    "blobServices stbak*/default",
    "containers stbak*/default/backups",
    "locks backups-stay",
    "queues stbak*/default/webjobs-blobtrigger-poison",
    "resourceGroups rg-small-backups",
    "storageAccounts stbak*",
    "systemTopics egst-*",
    "userAssignedIdentities id-*",
    "vaults kv-*",
  ]);
});

test("taking the app down leaves nothing behind whose name the next one wants", () => {
  const stays = ["Microsoft.Authorization/roleAssignments", "Microsoft.Authorization/roleDefinitions"];
  for (const one of predictions("main"))
    for (const { id, type } of one.resources) {
      // It goes with the group, or is the group; role assignments and definitions stay behind.
      const goes = id.includes(`/resourceGroups/rg-${one.name.split(".")[0]}/`) || /\/resourceGroups\/[^/]+$/.test(id);
      assert.ok(goes || stays.includes(type), `${one.name}: ${id}`);
      assert.notEqual(type, "Microsoft.KeyVault/vaults", "it would keep its name for days");
      assert.notEqual(type, "Microsoft.ManagedIdentity/userAssignedIdentities", "it would come back as somebody else");
    }
});

test("only the backups' layer makes the group that the backups lie in, and a lock keeps the account", () => {
  for (const one of predictions("backups")) {
    const [group] = ofType(one, "Microsoft.Resources/resourceGroups");
    assert.match(group?.name ?? "", /-backups$/);
    assert.equal(at(group, "tags.azd-env-name"), undefined, "azd would take it for the app's group");
    const [account] = ofType(one, "Microsoft.Storage/storageAccounts");
    if (!account) continue;
    const [lock] = ofType(one, "Microsoft.Authorization/locks");
    assert.equal(at(lock, "properties.level"), "CanNotDelete");
    assert.ok(lock?.id.startsWith(`${account.id}/`));
  }
  for (const one of predictions("main"))
    assert.deepEqual(
      ofType(one, "Microsoft.Resources/resourceGroups").map(({ name }) => name),
      [`rg-${one.name.split(".")[0]}`],
    );
  for (const one of predictions("subscriptions"))
    assert.deepEqual(ofType(one, "Microsoft.Resources/resourceGroups"), []);
});

test("the tags that policies ask for are on every resource that can have some", () => {
  const untagged =
    /^Microsoft\.Authorization\/|\/(blobServices|queueServices|containers|queues|subnets|config)\b|\/(basicPublishingCredentialsPolicies|taskHubs|diagnosticSettings|privateDnsZoneGroups)$/;
  for (const name of ["large.main", "strict.backups", "case2b.backups"])
    for (const { id, type, tags } of prediction(name).resources)
      if (!untagged.test(type)) {
        assert.equal(at(tags, "costCenter"), "4711", id);
        assert.equal(at(tags, "owner"), "dba", id);
      }
});

test("where a workspace is named, app, storage, vault and topics write their logs there; else nowhere", () => {
  const logged = (name: string): string[] =>
    ofType(prediction(name), "Microsoft.Insights/diagnosticSettings").map(
      ({ id }) => id.split("/providers/Microsoft.Insights/")[0]?.split("/").at(-2) ?? "",
    );
  assert.deepEqual(logged("strict.backups").toSorted(), ["blobServices", "systemTopics", "vaults"]);
  assert.deepEqual(logged("large.main").toSorted(), ["blobServices", "sites", "topics"]);
  assert.deepEqual([...logged("small.backups"), ...logged("small.main")], []);
});

test("no log that an operator asks for has the webhooks' keys in it", () => {
  for (const { id, properties } of predictions().flatMap((one) => ofType(one, "Microsoft.Insights/diagnosticSettings")))
    if (id.includes("/Microsoft.Web/sites/"))
      assert.deepEqual(properties?.["logs"], [{ category: "FunctionAppLogs", enabled: true }], "not the requests'");
});

test("purge protection is turned on where it is asked for, and never off", () => {
  for (const one of predictions("backups")) {
    const [vault] = ofType(one, "Microsoft.KeyVault/vaults");
    assert.equal(at(vault, "properties.enablePurgeProtection"), one.name === "strict.backups" ? true : null, one.name);
  }
});

test("nobody decides for the owner how long a backup is kept", () => {
  for (const one of predictions())
    for (const type of ["managementPolicies", "inventoryPolicies"])
      assert.deepEqual(ofType(one, `Microsoft.Storage/storageAccounts/${type}`), []);
});

test("no blob is public, and no account answers without TLS 1.2", () => {
  for (const one of predictions()) {
    for (const account of ofType(one, "Microsoft.Storage/storageAccounts")) {
      assert.equal(at(account, "properties.allowBlobPublicAccess"), false, account.id);
      assert.equal(at(account, "properties.supportsHttpsTrafficOnly"), true, account.id);
      assert.equal(at(account, "properties.minimumTlsVersion"), "TLS1_2", account.id);
    }
    for (const container of ofType(one, "Microsoft.Storage/storageAccounts/blobServices/containers"))
      assert.equal(at(container, "properties.publicAccess"), "None", container.id);
  }
});

test("only the backups' account can be opened with a key, because DMS wants one", () => {
  for (const one of predictions())
    for (const account of ofType(one, "Microsoft.Storage/storageAccounts"))
      assert.equal(at(account, "properties.allowSharedKeyAccess"), one.name.endsWith(".backups"), account.id);
});

test("the app speaks HTTPS and TLS 1.2 only, takes no password for deployments, and signs callers in", () => {
  for (const one of predictions("main")) {
    const [site] = ofType(one, "Microsoft.Web/sites");
    assert.equal(at(site, "properties.httpsOnly"), true);
    for (const version of ["minTlsVersion", "scmMinTlsVersion"])
      assert.equal(at(site, `properties.siteConfig.${version}`), "1.2");
    assert.deepEqual(at(site, "properties.functionAppConfig.runtime"), { name: "node", version: "24" });
    const policies = ofType(one, "Microsoft.Web/sites/basicPublishingCredentialsPolicies");
    assert.deepEqual(
      policies.map((policy) => at(policy, "properties.allow")),
      [false, false],
    );
    const signIn = one.resources.find(({ name }) => name.endsWith("/authsettingsV2"));
    assert.equal(at(signIn, "properties.platform.enabled"), true);
    assert.equal(at(signIn, "properties.globalValidation.requireAuthentication"), true);
    assert.equal(at(signIn, "properties.identityProviders.azureActiveDirectory.enabled"), true);
    assert.equal(
      at(signIn, "properties.identityProviders.azureActiveDirectory.registration.clientSecretSettingName"),
      undefined,
    );
  }
});

test("nobody gets past the sign-in but Event Grid's webhooks, which ask for a key, and a probe, which learns nothing", () => {
  for (const one of predictions("main")) {
    const signIn = one.resources.find(({ name }) => name.endsWith("/authsettingsV2"));
    const open = at(signIn, "properties.globalValidation.excludedPaths") as string[];
    const routes = open.filter((path) => !path.startsWith("/runtime/webhooks/")).map((path) => path.slice(1));
    assert.deepEqual(routes, ["api/v1/health"]);
    const [, file = ""] = new RegExp(`route: "${routes[0]}", handler: (\\w+)\\(`).exec(index) ?? [];
    const handler = readFileSync(`functions/http/status/${file}.ts`, "utf8");
    assert.doesNotMatch(
      handler,
      /\bendpoint\(|callerWith|\.headers|\brequest\b/,
      "nothing there trusts what a caller says",
    );
  }
});

test("topics, telemetry and vault are opened by identities alone", () => {
  for (const one of predictions("main")) {
    for (const topic of ofType(one, "Microsoft.EventGrid/topics")) {
      assert.equal(at(topic, "properties.disableLocalAuth"), true);
      assert.equal(at(topic, "properties.minimumTlsVersionAllowed"), "1.2");
      assert.equal(at(topic, "properties.inputSchema"), "CloudEventSchemaV1_0");
    }
    for (const insights of ofType(one, "Microsoft.Insights/components"))
      assert.equal(at(insights, "properties.DisableLocalAuth"), true);
    for (const workspace of ofType(one, "Microsoft.OperationalInsights/workspaces"))
      assert.equal(at(workspace, "properties.features.disableLocalAuth"), true);
  }
  for (const one of predictions("backups"))
    for (const vault of ofType(one, "Microsoft.KeyVault/vaults"))
      assert.equal(at(vault, "properties.enableRbacAuthorization"), true);
});

test("in every network case but public, storage and vault refuse whoever is not named", () => {
  const guarded = (one: Case): Resource[] => [
    ...ofType(one, "Microsoft.Storage/storageAccounts"),
    ...ofType(one, "Microsoft.KeyVault/vaults"),
  ];
  const isPublic = ["small.backups", "small.main", "small.again.main"];
  for (const one of [...predictions("backups"), ...predictions("main")])
    for (const resource of guarded(one)) {
      const action = isPublic.includes(one.name) ? "Allow" : "Deny";
      assert.equal(at(resource, "properties.networkAcls.defaultAction"), action, `${one.name}: ${resource.id}`);
    }
});

const subnetsOf = (name: string): string[] => {
  const [account] = ofType(prediction(name), "Microsoft.Storage/storageAccounts");
  const rules = at(account, "properties.networkAcls.virtualNetworkRules") as { id: string }[];
  return rules.map(({ id }) =>
    id
      .split("/")
      .slice(-3)
      .join("/")
      .replace(/vnet-\w{13}/, "created"),
  );
};
const addressesOf = (name: string): string[] => {
  const [account] = ofType(prediction(name), "Microsoft.Storage/storageAccounts");
  return (at(account, "properties.networkAcls.ipRules") as { value: string }[]).map(({ value }) => value);
};

test("people who look after sqlferry reach the vault, dead letters and tables from the addresses that are named", () => {
  const rules = (name: string, type: string) =>
    (at(ofType(prediction(name), type)[0], "properties.networkAcls.ipRules") as { value: string }[]).map(
      ({ value }) => value,
    );
  assert.deepEqual(rules("strict.backups", "Microsoft.KeyVault/vaults"), ["203.0.113.50", "198.51.100.0/24"]);
  assert.deepEqual(rules("large.main", "Microsoft.Storage/storageAccounts"), ["203.0.113.50"]);
  assert.deepEqual(rules("strict.backups", "Microsoft.Storage/storageAccounts"), [], "they need not read backups");
});

test("the app's own network reaches an account in another region, when one is taken", () => {
  const endpoints = (name: string) =>
    (
      at(ofType(prediction(name), "Microsoft.Network/virtualNetworks/subnets")[0], "properties.serviceEndpoints") as {
        service: string;
      }[]
    ).map(({ service }) => service);
  assert.deepEqual(endpoints("taken.backups"), ["Microsoft.Storage.Global", "Microsoft.KeyVault"]);
  assert.deepEqual(endpoints("case1a.backups"), ["Microsoft.Storage", "Microsoft.KeyVault"]);
});

test("a caller's single address is a range, as the app's restrictions want it", () => {
  const [site] = ofType(prediction("large.main"), "Microsoft.Web/sites");
  const rules = at(site, "properties.siteConfig.ipSecurityRestrictions") as { ipAddress: string }[];
  assert.deepEqual(
    rules.map(({ ipAddress }) => ipAddress),
    ["AzureEventGrid", "198.51.100.0/24", "203.0.113.7/32"],
  );
});

test("case 1a lets in the addresses of the runtime's hosts, the target's subnet and the app", () => {
  assert.deepEqual(addressesOf("case1a.backups"), ["203.0.113.10", "203.0.113.11"]);
  assert.deepEqual(subnetsOf("case1a.backups"), ["created/subnets/app", "vnet-sql/subnets/sql"]);
});

test("case 1b lets in the subnet of the runtime's VM instead of addresses", () => {
  assert.deepEqual(addressesOf("case1b.backups"), []);
  assert.deepEqual(subnetsOf("case1b.backups"), [
    "created/subnets/app",
    "vnet-sql/subnets/sql",
    "vnet-hub/subnets/runtime",
  ]);
});

test("case 2a lets in the target's subnet, the app's, and where uploads come from", () => {
  assert.deepEqual(addressesOf("case2a.backups"), ["198.51.100.0/24"]);
  assert.deepEqual(subnetsOf("case2a.backups"), ["vnet-hub/subnets/functions", "vnet-sql/subnets/sql"]);
});

test("case 2b adds a private endpoint in the target's network, its name there, and its subnet", () => {
  const one = prediction("case2b.backups");
  assert.deepEqual(subnetsOf(one.name), ["created/subnets/app", "vnet-sql/subnets/sql", "vnet-sql/subnets/endpoints"]);
  const [endpoint] = ofType(one, "Microsoft.Network/privateEndpoints");
  assert.match(String(at(endpoint, "properties.subnet.id")), /vnet-sql\/subnets\/endpoints$/);
  const network = String(at(endpoint, "properties.subnet.id")).split("/subnets/")[0];
  assert.equal(endpoint?.location, `[reference('${network}', '2024-07-01', 'full').location]`);
  const [link] = ofType(one, "Microsoft.Network/privateDnsZones/virtualNetworkLinks");
  assert.match(String(at(link, "properties.virtualNetwork.id")), /vnet-sql$/);
  assert.equal(ofType(one, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups").length, 1);
});

/** Settings that the Functions host, its extensions and the workers read. */
const OF_THE_RUNTIME = [
  "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
  "APPLICATIONINSIGHTS_CONNECTION_STRING",
  "AzureWebJobsStorage__blobServiceUri",
  "AzureWebJobsStorage__clientId",
  "AzureWebJobsStorage__credential",
  "AzureWebJobsStorage__queueServiceUri",
  "AzureWebJobsStorage__tableServiceUri",
  "Backups__credential",
  "FUNCTIONS_NODE_BLOCK_ON_ENTRY_POINT_ERROR",
];
/** Settings that would hold a key; the app uses identities instead. */
const NEVER_IN_AZURE = ["Backups", "State", "EVENTS_TOPIC_KEY"];
const SCHEMA = SETTINGS.map(({ name }) => name);

test("the app's settings are those of the schema, and the runtime's own", () => {
  for (const name of ["small.main", "existing.main"]) {
    const given = Object.keys(appSettings(prediction(name)));
    assert.deepEqual(
      given.filter((setting) => !SCHEMA.includes(setting)).toSorted(),
      OF_THE_RUNTIME,
      "a setting that nobody reads",
    );
    const absent = SCHEMA.filter((setting) => !given.includes(setting));
    assert.deepEqual(absent.toSorted(), NEVER_IN_AZURE.toSorted(), "a setting of the schema that Azure is not told");
  }
});

test("what an operator leaves alone has the schema's default", () => {
  const given = appSettings(prediction("small.main"));
  for (const { name, default: usual } of SETTINGS)
    if (usual !== undefined && name !== "ARM_ENDPOINT") assert.equal(given[name], usual, name);
});

test("Durable Task Scheduler adds the setting with its address and nothing else: the rest is in host.json", () => {
  const usual = appSettings(prediction("small.main"));
  const given = appSettings(prediction("large.main"));
  assert.deepEqual(
    Object.keys(given).filter((name) => !(name in usual)),
    ["DURABLE_TASK_SCHEDULER_CONNECTION_STRING"],
  );
});

test("no setting and no output holds a key", () => {
  const secrets = SETTINGS.filter(({ name, secret }) => secret && !NEVER_IN_AZURE.includes(name));
  assert.ok(secrets.length > 0);
  for (const one of predictions("main")) {
    assert.doesNotMatch(one.text, /AccountKey=|SharedAccessSignature|listKeys\(|listAccountSas|code=/i, one.name);
    for (const { name } of secrets) {
      const value = appSettings(one)[name] ?? "absent";
      if (one.name === "large.main") assert.match(value, /^\[format\('@Microsoft\.KeyVault\(SecretUri=/, name);
      else assert.equal(value, "", name);
    }
  }
  for (const one of predictions("subscriptions"))
    assert.deepEqual(
      one.text.match(/systemKeys\.\w+/g)?.toSorted(),
      ["blobs_extension", "eventgrid_extension", "eventgrid_extension"].map((key) => `systemKeys.${key}`),
      "the webhooks' own keys, and no other",
    );
});

test("every function that a subscription names is in functions/index.ts, with the trigger that it expects", () => {
  for (const one of predictions("subscriptions")) {
    const subscriptions = one.resources.filter(({ type }) => type.endsWith("/eventSubscriptions"));
    const named = subscriptions.map((subscription) => {
      const destination = at(subscription, "properties.destination.properties") as Record<string, string>;
      const [, blob] = /functionName=Host\.Functions\.(\w+)&/.exec(destination["endpointUrl"] ?? "") ?? [];
      const [, event] = /\/eventgrid\?functionName=(\w+)&/.exec(destination["endpointUrl"] ?? "") ?? [];
      assert.equal(
        at(subscription, "properties.destination.endpointType"),
        "WebHook",
        "through sign-in only webhooks come",
      );
      return blob ? `app.storageBlob("${blob}", {` : `app.eventGrid("${event}", {`;
    });
    assert.equal(named.length, 3);
    for (const registration of named) assert.ok(index.includes(registration), registration);
  }
  const triggered = [...index.matchAll(/app\.(?:eventGrid|storageBlob)\("(\w+)"/g)].map(([, name]) => name ?? "");
  for (const name of triggered)
    assert.ok(prediction("small.subscriptions").text.includes(name), `nothing is delivered to ${name}`);
});

test("blob events are filtered by container, type and operation, tried for a day, and kept when they cannot be delivered", () => {
  for (const [name, container] of Object.entries({
    "small.subscriptions": "backups",
    "existing.subscriptions": "sql-backups",
  })) {
    const subscriptions = ofType(prediction(name), "Microsoft.EventGrid/systemTopics/eventSubscriptions");
    const types = subscriptions.flatMap((one) => at(one, "properties.filter.includedEventTypes") as string[]);
    assert.deepEqual(types.toSorted(), ["Microsoft.Storage.BlobCreated", "Microsoft.Storage.BlobDeleted"]);
    for (const one of subscriptions) {
      assert.equal(
        at(one, "properties.filter.subjectBeginsWith"),
        `/blobServices/default/containers/${container}/blobs/`,
      );
      assert.equal((at(one, "properties.filter.advancedFilters") as { key: string }[])[0]?.key, "data.api");
    }
  }
  for (const one of predictions("subscriptions"))
    for (const subscription of one.resources) {
      assert.deepEqual(at(subscription, "properties.retryPolicy"), {
        eventTimeToLiveInMinutes: 1440,
        maxDeliveryAttempts: 30,
      });
      const kept = at(subscription, "properties.deadLetterWithResourceIdentity.deadLetterDestination.properties");
      assert.equal(at(kept, "blobContainerName"), "dead-letters");
    }
});

/** Every query of the alerts and the workbook, as Azure receives it. */
function queries(of: Case): string[] {
  const alerts = ofType(of, "Microsoft.Insights/scheduledQueryRules").map(
    (alert) => (at(alert, "properties.criteria.allOf") as { query: string }[])[0]?.query ?? "",
  );
  const [workbook] = ofType(of, "Microsoft.Insights/workbooks");
  const { items } = JSON.parse(String(at(workbook, "properties.serializedData"))) as {
    items: { content: { query?: string } }[];
  };
  return [...alerts, ...items.flatMap(({ content }) => content.query ?? [])];
}

test("alerts and charts read events that the app writes, by fields that those have, and no sentence", () => {
  const read = new Set<string>();
  for (const one of predictions("main"))
    for (const query of queries(one)) {
      const [, name] = /tostring\(fact\.event\) == ["'](\w+)["']/.exec(query) ?? [];
      if (!query.startsWith("traces") && !query.startsWith("let lags = traces")) {
        assert.doesNotMatch(query, /message|fact/, query);
        continue;
      }
      assert.ok(name !== undefined && name in TELEMETRY, query);
      read.add(name);
      const fields = Object.keys(TELEMETRY[name as TelemetryEvent].fields.shape);
      for (const [, field = ""] of query.matchAll(/fact\.(\w+)/g))
        assert.ok(["event", ...fields].includes(field), query);
      const others = query.replace(/message startswith ["']\{["']/, "").replace("parse_json(message)", "");
      assert.doesNotMatch(others.replaceAll("fact.message", ""), /\bmessage\b/, query);
    }
  assert.deepEqual([...read].toSorted(), Object.keys(TELEMETRY).toSorted());
  for (const [, name = ""] of prediction("small.main").text.matchAll(/where name == \\+["'](\w+)/g))
    assert.ok(index.includes(`"${name}"`), name);
});

test("docs/operations.md lists the events for alerts with their fields", () => {
  const operations = readFileSync("docs/operations.md", "utf8");
  const listed = [...operations.matchAll(/^\| `([A-Z]\w+)` \| .* \| (`event`, .*) \|$/gm)].map(
    ([, name, fields = ""]) => [name, [...fields.matchAll(/`(\w+)`/g)].map(([, field]) => field)],
  );
  const written = Object.entries(TELEMETRY).map(([name, { fields }]) => [
    name,
    ["event", ...Object.keys(fields.shape)],
  ]);
  assert.deepEqual(listed, written);
});

test("each alert has its paragraph in docs/operations.md", () => {
  const operations = readFileSync("docs/operations.md", "utf8");
  const alerts = [
    ...ofType(prediction("small.main"), "Microsoft.Insights/metricAlerts"),
    ...ofType(prediction("small.main"), "Microsoft.Insights/scheduledQueryRules"),
  ].map(({ name }) => name.replace(/-\w{13}$/, ""));
  assert.deepEqual(alerts.toSorted(), [
    "dead-letters-backups",
    "dead-letters-events",
    "dead-runs",
    "events-wait",
    "failed-migrations",
    "lag",
    "own-faults",
    "poison-queue",
    "stalled-runs",
    "sweep-absent",
    "sweep-died",
    "sweep-failed",
    "sweep-found-missed-files",
    "waiting-migrations",
  ]);
  for (const name of alerts) assert.match(operations, new RegExp(`^### .*\`${name}\``, "m"));
});
