// Does a deployment consist of what it should, and of nothing else? Read from the predictions that reviewers see.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Resource } from "../../infra/bicep.ts";
import { SETTINGS } from "../../shared/config.ts";
import { appSettings, at, type Case, ofType, prediction, predictions } from "./predictions.ts";

const index = readFileSync("functions/index.ts", "utf8");

test("the compiler foresees every case without a remark", () => {
  assert.ok(predictions().length >= 11);
  for (const { name, text } of predictions()) assert.deepEqual(JSON.parse(text).diagnostics, [], name);
});

test("whatever exists is only given roles and subscriptions", () => {
  assert.deepEqual(prediction("existing.backups").resources, []);
  const allowed = ["Microsoft.Authorization/roleAssignments", "Microsoft.EventGrid/systemTopics/eventSubscriptions"];
  for (const one of [...predictions("main"), ...predictions("subscriptions")])
    for (const { id, type } of one.resources)
      if (
        !/\/resourceGroups\/rg-(small|large|existing)(\/|$)/.test(id) &&
        type !== "Microsoft.Authorization/roleDefinitions"
      )
        assert.ok(allowed.includes(type), `${one.name}: ${id}`);
});

test("only the backups' layer makes the group that the backups lie in, and a lock keeps the account", () => {
  for (const one of predictions("backups").filter(({ resources }) => resources.length > 0)) {
    const [group] = ofType(one, "Microsoft.Resources/resourceGroups");
    assert.match(group?.name ?? "", /-backups$/);
    assert.equal(at(group, "tags.azd-env-name"), undefined, "azd would take it for the app's group");
    const [lock] = ofType(one, "Microsoft.Authorization/locks");
    const [account] = ofType(one, "Microsoft.Storage/storageAccounts");
    assert.equal(at(lock, "properties.level"), "CanNotDelete");
    assert.ok(lock?.id.startsWith(`${account?.id}/`));
  }
  for (const one of predictions("main"))
    assert.deepEqual(
      ofType(one, "Microsoft.Resources/resourceGroups").map(({ name }) => name),
      [`rg-${one.name.split(".")[0]}`],
    );
  for (const one of predictions("subscriptions"))
    assert.deepEqual(ofType(one, "Microsoft.Resources/resourceGroups"), []);
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
    const handler = readFileSync(`functions/http/${file}.ts`, "utf8");
    assert.doesNotMatch(handler, /migrations\.list|request\.(json|params|query)/);
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
    for (const vault of ofType(one, "Microsoft.KeyVault/vaults"))
      assert.equal(at(vault, "properties.enableRbacAuthorization"), true);
  }
});

test("in every network case but public, storage and vault refuse whoever is not named", () => {
  const guarded = (one: Case): Resource[] => [
    ...ofType(one, "Microsoft.Storage/storageAccounts"),
    ...ofType(one, "Microsoft.KeyVault/vaults"),
  ];
  const isPublic = ["small.backups", "small.main"];
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
  const [link] = ofType(one, "Microsoft.Network/privateDnsZones/virtualNetworkLinks");
  assert.match(String(at(link, "properties.virtualNetwork.id")), /vnet-sql$/);
  assert.equal(ofType(one, "Microsoft.Network/privateEndpoints/privateDnsZoneGroups").length, 1);
});

/** What the Functions host, its extensions and the workers read by themselves. */
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
/** Settings that would hold a key: identities stand in for them. */
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

test("Durable Task Scheduler adds its own four settings and nothing else", () => {
  const usual = appSettings(prediction("small.main"));
  const given = appSettings(prediction("large.main"));
  const host = JSON.parse(readFileSync("host.json", "utf8"));
  assert.equal(host.extensions.durableTask.storageProvider.type, "AzureStorage");
  const prefix = "AzureFunctionsJobHost__extensions__durableTask__";
  assert.deepEqual(
    Object.keys(given).filter((name) => !(name in usual)),
    [
      `${prefix}hubName`,
      `${prefix}storageProvider__connectionStringName`,
      `${prefix}storageProvider__type`,
      "DURABLE_TASK_SCHEDULER_CONNECTION_STRING",
    ],
  );
  assert.ok(
    given[given[`${prefix}storageProvider__connectionStringName`] ?? ""]?.includes("Authentication=ManagedIdentity"),
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
    assert.equal(one.text.match(/listKeys\(/g)?.length, 1, "the webhook's own key, and no other");
});

test("every function that a subscription names is in functions/index.ts, with the trigger that it expects", () => {
  for (const one of predictions("subscriptions")) {
    const subscriptions = one.resources.filter(({ type }) => type.endsWith("/eventSubscriptions"));
    const named = subscriptions.map((subscription) => {
      const destination = at(subscription, "properties.destination.properties") as Record<string, string>;
      const [, blob] = /functionName=Host\.Functions\.(\w+)&/.exec(destination["endpointUrl"] ?? "") ?? [];
      const [, event] = /\/functions\/(\w+)$/.exec(destination["resourceId"] ?? "") ?? [];
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

test("the tables, alerts and charts that read the log look for words that the app writes", () => {
  const written = [
    "functions/timers/sweepFolders.ts",
    "functions/activities/endRun.ts",
    "functions/activities/stallRun.ts",
    "functions/activities/waits.ts",
    "functions/publishOutbox.ts",
    "functions/wake.ts",
  ]
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  for (const { text } of predictions("main")) {
    const phrases = [...text.matchAll(/startswith (?:\\"|\\\\"|'|\\\\')([^"'\\]+)/g)].map(([, phrase = ""]) => phrase);
    assert.ok(phrases.length >= 6);
    for (const phrase of phrases) assert.ok(written.includes(`\`${phrase}`), phrase);
  }
  for (const [, name = ""] of prediction("small.main").text.matchAll(/where name == \\+["'](\w+)/g))
    assert.ok(index.includes(`"${name}"`), name);
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
    "sweep-failed",
    "sweep-found-missed-files",
    "waiting-migrations",
  ]);
  for (const name of alerts) assert.match(operations, new RegExp(`^### .*\`${name}\``, "m"));
});
