// Tests which settings are accepted, and the messages about the others.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parseConfig } from "../../../shared/config.ts";
import { createServices } from "../../../shared/services.ts";
import { SETTINGS } from "../../../shared/settings.ts";

const KEY = "c2VjcmV0LWtleQ==";
const storage = `DefaultEndpointsProtocol=https;AccountName=backups1;AccountKey=${KEY};EndpointSuffix=core.windows.net`;
const group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg1/providers";
const required = {
  Backups: storage,
  State: storage,
  BACKUPS_CONTAINER: "backups",
  BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID: `${group}/Microsoft.Storage/storageAccounts/Backups1`,
  DMS_SERVICE_RESOURCE_ID: `${group}/Microsoft.DataMigration/sqlMigrationServices/dms1`,
  EVENTS_TOPIC_ENDPOINT: "https://topic1.westeurope-1.eventgrid.azure.net/api/events",
};
const least = { ...required, WEBSITE_AUTH_ENABLED: "True" };
const identity = {
  ...least,
  Backups: undefined,
  State: undefined,
  Backups__blobServiceUri: "https://backups1.blob.core.windows.net",
  Backups__queueServiceUri: "https://backups1.queue.core.windows.net",
  State__tableServiceUri: "https://state1.table.core.windows.net",
};
type Env = Readonly<Record<string, string | undefined>>;
const complaintsAbout = (env: Env): string => {
  try {
    parseConfig(env);
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

test("what must be set is enough, and the rest has its default", () => {
  const config = parseConfig(least);
  assert.deepEqual(config, {
    unresolved: [],
    instanceName: "sqlferry",
    publicBaseUrl: undefined,
    problemsBase: "https://sqlferry.dev/problems/",
    auth: "easyAuth",
    migrationMode: "online",
    clientId: undefined,
    backups: {
      connection: { kind: "connectionString", connectionString: storage },
      container: "backups",
      storageAccountResourceId: least.BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID,
      accountName: "backups1",
    },
    state: { connection: { kind: "connectionString", connectionString: storage } },
    target: { sqlVmResourceId: undefined, sqlVersion: undefined },
    preflight: { requireChecksum: false, overrides: [] },
    keyVault: { uri: undefined },
    fileShare: { secretPrefix: "fileshare-", servers: [] },
    dms: {
      serviceResourceId: least.DMS_SERVICE_RESOURCE_ID,
      apiVersion: "2025-06-30",
      pollSeconds: 30,
      maxGetsPerMinute: 300,
      blobAuth: "AccountKey",
    },
    arm: { endpoint: "https://management.azure.com" },
    events: { topicEndpoint: least.EVENTS_TOPIC_ENDPOINT, topicKey: undefined },
    teams: { webhookUrl: undefined },
    chain: { gapDeadlineMinutes: 60, allowDamaged: false },
    offline: { quietMinutes: 0 },
    vm: { maxDatabases: 100, cooldownMinutes: 30 },
    waiting: { alarmMinutes: 15 },
    page: { stableSeconds: 30, abandonedMinutes: 60 },
    eta: { defaultMbps: 100 },
    sweep: { schedule: "0 */10 * * * *", lateMinutes: 30, settledDays: 30 },
    runs: { keptDays: 30 },
  });
});

test("everything that is missing is told at once, by name", () => {
  const complaints = complaintsAbout({});
  const named = complaints.split("\n").flatMap((line) => /^- (\w+) is missing/.exec(line)?.[1] ?? []);
  assert.deepEqual(named.toSorted(), Object.keys(required).toSorted());
  assert.match(complaints, /Backups__blobServiceUri/);
});

describe("a wrong value is told by name, with what was expected", () => {
  for (const [name, value, expected] of [
    ["DMS_POLL_SECONDS", "soon", "a whole number from 1 to 3600"],
    ["DMS_POLL_SECONDS", "0", "a whole number from 1 to 3600"],
    ["DMS_POLL_SECONDS", "2.5", "a whole number from 1 to 3600"],
    ["ETA_DEFAULT_MBPS", "0", "a number greater than 0"],
    ["ETA_DEFAULT_MBPS", "fast", "a number greater than 0"],
    ["CHAIN_ALLOW_DAMAGED", "yes", "true or false"],
    ["FILE_SHARE_SERVERS", "filer1;filer2", "names of servers"],
    ["FILE_SHARE_SERVERS", "*", "names of servers"],
    ["FILE_SHARE_SECRET_PREFIX", "a/b", "letters, digits and hyphens"],
    ["AUTH", "anonymous", "easyAuth or none"],
    ["MIGRATION_MODE", "Online", "online or offline"],
    ["BACKUPS_CONTAINER", "My Backups", "the name of a container"],
    ["DMS_API_VERSION", "latest", "a date such as 2025-06-30"],
    ["SWEEP_SCHEDULE", "hourly", "an NCRONTAB expression of six fields"],
    ["DMS_SERVICE_RESOURCE_ID", "dms1", "providers/Microsoft.DataMigration/sqlMigrationServices/"],
    ["TARGET_SQL_VM_RESOURCE_ID", `${group}/Microsoft.Compute/virtualMachines/vm1`, "sqlVirtualMachines/"],
    ["EVENTS_TOPIC_ENDPOINT", "topic1", "an http or https address"],
    ["Backups__blobServiceUri", "http://backups1.blob.core.windows.net", "an https address"],
  ] as const)
    test(`${name}=${value}`, () => {
      const complaints = complaintsAbout({ ...least, [name]: value });
      assert.match(complaints, new RegExp(`^- ${name} is wrong: expected .*, found "`, "m"));
      assert.ok(complaints.includes(expected), complaints);
      assert.equal(complaints.split("\n").length, 2);
    });
});

test("a secret is not shown, not even when it is wrong", () => {
  for (const name of SETTINGS.filter((setting) => setting.secret).map((setting) => setting.name))
    assert.doesNotMatch(complaintsAbout({ ...least, [name]: "ftp://hush", AUTH: "?" }), /hush/);
});

test("an identity replaces the connection strings, its own or the app's", () => {
  const { backups, state } = parseConfig({ ...identity, AZURE_CLIENT_ID: "app", State__clientId: "tables" });
  assert.deepEqual(backups.connection, {
    kind: "identity",
    serviceUri: "https://backups1.blob.core.windows.net",
    clientId: "app",
  });
  assert.deepEqual(state.connection, {
    kind: "identity",
    serviceUri: "https://state1.table.core.windows.net",
    clientId: "tables",
  });
});

test("with an identity the queues of the backups' account are needed too", () => {
  assert.match(
    complaintsAbout({ ...identity, Backups__queueServiceUri: undefined }),
    /^- Backups is missing: .*Backups__queueServiceUri/m,
  );
});

test("a topic that is reached without TLS needs a key", () => {
  const plain = { ...least, EVENTS_TOPIC_ENDPOINT: "http://127.0.0.1:7072/api/events" };
  assert.match(complaintsAbout(plain), /^- EVENTS_TOPIC_KEY is missing/m);
  assert.equal(complaintsAbout({ ...plain, EVENTS_TOPIC_KEY: "key" }), "");
});

test("an empty setting counts as absent, and space around a value is not part of it", () => {
  const config = parseConfig({
    ...least,
    TEAMS_WEBHOOK_URL: "",
    AUTH: " none ",
    PUBLIC_BASE_URL: "https://ferry.example.com/",
  });
  assert.equal(config.teams.webhookUrl, undefined);
  assert.equal(config.auth, "none");
  assert.equal(config.publicBaseUrl, "https://ferry.example.com");
});

test("a setting is read by its earlier name where the present one is absent or empty", () => {
  const secondsOf = (env: Env) => parseConfig({ ...least, ...env }).page.stableSeconds;
  assert.equal(secondsOf({ PAGE_STABLE_SECONDS: "5" }), 5);
  assert.equal(secondsOf({ PAGE_BLOB_STABLE_SECONDS: " ", PAGE_STABLE_SECONDS: "5" }), 5);
  assert.equal(secondsOf({ PAGE_BLOB_STABLE_SECONDS: "7", PAGE_STABLE_SECONDS: "5" }), 7);
  assert.match(
    complaintsAbout({ ...least, PAGE_STABLE_SECONDS: "soon" }),
    /PAGE_BLOB_STABLE_SECONDS is wrong: .*"soon"/,
  );
});

test("every setting is described, and every default is a value that is accepted", () => {
  assert.equal(new Set(SETTINGS.map((setting) => setting.name)).size, SETTINGS.length);
  for (const { name, meaning, expected, default: value } of SETTINGS) {
    assert.ok(meaning && expected, name);
    assert.equal(complaintsAbout({ ...least, ...(value === undefined ? {} : { [name]: value }) }), "");
  }
});

test("services are built without sending anything, from connection strings and from identities", () => {
  for (const env of [least, identity]) assert.ok(createServices(parseConfig(env)).files);
});

describe("who signs callers in", () => {
  const on = { WEBSITE_AUTH_ENABLED: "True" };
  const inAzure = [{ WEBSITE_SITE_NAME: "func-1" }, { WEBSITE_INSTANCE_ID: "0a1b" }];
  const v2 = (config: unknown) => ({ WEBSITE_AUTH_V2_CONFIG_JSON: JSON.stringify(config) });

  test("is App Service, wherever it says that its authentication is on", () => {
    for (const site of [{}, ...inAzure])
      for (const said of [on, { WEBSITE_AUTH_ENABLED: "true" }, v2({ platform: { enabled: true } })])
        assert.equal(complaintsAbout({ ...required, ...site, ...said }), "");
  });

  test("is nobody when it does not: the app refuses to start, in Azure and elsewhere", () => {
    for (const site of [{}, ...inAzure])
      for (const said of [
        {},
        { WEBSITE_AUTH_ENABLED: "False" },
        { WEBSITE_AUTH_ENABLED: "" },
        v2({ platform: { enabled: false } }),
        v2({}),
        { WEBSITE_AUTH_V2_CONFIG_JSON: "{" },
      ])
        assert.match(complaintsAbout({ ...required, ...site, ...said }), /^- AUTH is easyAuth.*Turn it on/m);
  });

  test("may be nobody on a machine of one's own, and never in Azure", () => {
    assert.equal(complaintsAbout({ ...required, AUTH: "none" }), "");
    for (const site of inAzure)
      for (const said of [{}, on])
        assert.match(
          complaintsAbout({ ...required, ...site, ...said, AUTH: "none" }),
          /^- AUTH is none, and App Service/m,
        );
  });

  test("is told together with everything else that is wrong", () => {
    assert.match(complaintsAbout({}), /^- AUTH is easyAuth/m);
  });
});

describe("a Key Vault reference that App Service could not resolve", () => {
  const reference = "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/teams-webhook-url)";

  test("counts as absent, and is told by name: it stopped the whole app", () => {
    const config = parseConfig({ ...least, TEAMS_WEBHOOK_URL: reference });
    assert.equal(config.teams.webhookUrl, undefined);
    assert.deepEqual(config.unresolved, ["TEAMS_WEBHOOK_URL"]);
  });

  test("of a setting that must be there is a reason of its own", () => {
    const complaints = complaintsAbout({ ...least, EVENTS_TOPIC_ENDPOINT: reference });
    assert.match(complaints, /EVENTS_TOPIC_ENDPOINT: the Key Vault reference is not resolved/);
  });
});

describe("the cloud", () => {
  test("is told by the address of Resource Manager, with or without a slash", () => {
    assert.equal(complaintsAbout({ ...least, ARM_ENDPOINT: "https://management.azure.com/" }), "");
  });

  test("that nobody knows is refused, with those that are known", () => {
    const complaints = complaintsAbout({ ...least, ARM_ENDPOINT: "https://management.local.azurestack.external" });
    assert.match(
      complaints,
      /ARM_ENDPOINT is of no cloud .* https:\/\/management\.usgovcloudapi\.net, https:\/\/management\.chinacloudapi\.cn/,
    );
  });

  for (const endpoint of ["https://management.usgovcloudapi.net", "https://management.chinacloudapi.cn"])
    test(`${endpoint} needs the topic's key: its audience for identities is not known`, () => {
      assert.match(
        complaintsAbout({ ...least, ARM_ENDPOINT: endpoint }),
        /EVENTS_TOPIC_KEY is missing: for which audience/,
      );
      assert.equal(complaintsAbout({ ...least, ARM_ENDPOINT: endpoint, EVENTS_TOPIC_KEY: "key" }), "");
    });
});

test("an address that differs from cloud to cloud is written in one file of the product", () => {
  const addresses =
    /management\.azure\.com|portal\.azure\.(com|us|cn)|login\.(microsoftonline|chinacloudapi)|vault\.azure\.(net|cn)|eventgrid\.azure\.(net|us)|usgovcloudapi|chinacloudapi|graph\.microsoft/;
  for (const file of globSync("{functions,shared,ferry,infra}/**/*.{ts,mjs,bicep}")) {
    const code = readFileSync(file, "utf8").replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, "");
    if (file !== "shared/azure/clouds.ts") assert.doesNotMatch(code, addresses, file);
  }
});
