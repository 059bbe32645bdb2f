// Tests that every preflight check says what it found and what to do, with one table row per rule.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { EncryptedMedia, Tde } from "../../../../shared/backup/backupHeader.ts";
import { assessChain } from "../../../../shared/chain/assessChain.ts";
import type { BackupRecord } from "../../../../shared/chain/backupRecord.ts";
import type { Check, FileShareSource } from "../../../../shared/migration/migration.ts";
import type { EngineFailure, EngineOperation } from "../../../../shared/migration/observed.ts";
import { CHECK_IDS } from "../../../../shared/migration/words.ts";
import {
  isOverridable,
  type PreflightFacts,
  passed,
  preflight,
  preflightFailure,
} from "../../../../shared/preflight/preflight.ts";
import { EMPTY_QUEUE } from "../../../../shared/queue/vmQueue.ts";
import { context, full, log, tail, unreadable } from "../../../support/backupRecords.ts";

const VM = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/vm1";
const SUBNET = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/n/subnets/sql";
const SHARE: FileShareSource = {
  path: "\\\\srv\\share\\Sales",
  username: "CORP\\svc",
  passwordSecret: "share",
  sql: {
    server: "SRV01",
    authentication: "SqlAuthentication",
    userName: "sa",
    passwordSecret: "sql",
    trustServerCertificate: false,
  },
};
const REFUSED: EngineFailure = { code: "AuthorizationFailed", message: "no", cause: "c", remedy: "r", kind: "user" };
const unread = { kind: "unreadable", failure: REFUSED } as const;
const running: EngineOperation = {
  phase: "running",
  fingerprint: "op-1",
  operationId: "op-1",
  isOffline: false,
  canCutOver: false,
  canCancel: true,
};

/** Facts about a folder; everything else is as it should be. */
function facts(records: readonly BackupRecord[], more: Partial<PreflightFacts> = {}): PreflightFacts {
  const mode = more.mode ?? "online";
  return {
    mode,
    source: { container: "backups", folder: "Sales", rootIsADatabase: false },
    target: { sqlVmResourceId: VM, databaseName: "Sales" },
    registration: { kind: "seen", facts: "Registered" },
    vm: {
      exists: true,
      virtualMachineResourceId: "/subscriptions/s/…/virtualMachines/vm1",
      sqlManagement: "Full",
      versionMajor: 16,
      provisioningState: "Succeeded",
      location: "westeurope",
      powerState: "running",
    },
    service: {
      kind: "seen",
      facts: { name: "dms1", location: "West Europe", provisioningState: "Succeeded", integrationRuntimeState: "" },
    },
    seen: { kind: "absent" },
    queue: EMPTY_QUEUE,
    limits: { maxDatabases: 100, cooldownMinutes: 30 },
    running: { kind: "seen", facts: [] },
    report: assessChain(records, context({ mode })),
    records,
    requireChecksum: false,
    passedOver: [],
    account: { kind: "seen", facts: { defaultAction: "Allow", allowedSubnetIds: [], privateEndpoints: 0 } },
    vmSubnets: { kind: "seen", facts: [SUBNET] },
    blobAuth: "AccountKey",
    key: { kind: "seen", facts: true },
    ...more,
  };
}

const CHAIN = [full(100, 160), log(150, 200), log(200, 250)];
const CLOSED = [full(100, 160), log(150, 200), tail(200, 250)];
const MISPLACED = [full(100, 160, { folder: "Wages" })];
const fine = facts(CHAIN);
const { vm } = fine;
const deny = (more: object) =>
  ({ kind: "seen", facts: { defaultAction: "Deny", allowedSubnetIds: [], privateEndpoints: 0, ...more } }) as const;
const service = (more: object) =>
  ({ kind: "seen", facts: { name: "dms1", location: "westeurope", provisioningState: "Succeeded", ...more } }) as const;
const share = { source: { ...fine.source, fileShare: SHARE } };
const without = <Key extends keyof typeof vm>(key: Key) => {
  const { [key]: _, ...rest } = vm;
  return rest as typeof vm;
};
const withHeader = (header: object, options: object = {}) => [full(100, 160, { ...options, header }), log(150, 200)];

const THUMBPRINT = "4F1A5C33D0B2E7889A6C1B2D3E4F5061728394A5";
/** A plan in which every backup has the same TDE information. */
const withTde = (tde: Tde) => [full(100, 160, { header: { tde } }), log(150, 200, { header: { tde } })];
const encryptedFile = (encrypted: EncryptedMedia): BackupRecord => {
  const record = unreadable("secret.bak", "ENCRYPTED_MEDIA");
  return { ...record, content: { kind: "unreadable", code: "ENCRYPTED_MEDIA", message: "m", encrypted } };
};

const RULES: readonly (readonly [Check["id"], what: string, PreflightFacts, Check["outcome"], says: RegExp])[] = [
  ["P01", "a registered provider", fine, "pass", /Registered/],
  [
    "P01",
    "one that is being registered",
    facts(CHAIN, { registration: { kind: "seen", facts: "Registering" } }),
    "warn",
    /Registering/,
  ],
  [
    "P01",
    "one that is not",
    facts(CHAIN, { registration: { kind: "seen", facts: "NotRegistered" } }),
    "fail",
    /NotRegistered/,
  ],
  ["P01", "one that may not be read", facts(CHAIN, { registration: unread }), "unknown", /could not be read: no/],
  ["P02", "a SQL VM that exists", fine, "pass", /vm1 exists/],
  ["P02", "one that does not", facts(CHAIN, { vm: { exists: false } }), "fail", /no SQL virtual machine vm1/],
  ["P02", "one that cannot be read", facts(CHAIN, { vm: { exists: "unreadable", unreadable: "403" } }), "fail", /403/],
  ["P03", "Full mode", fine, "pass", /Full/],
  [
    "P03",
    "LightWeight mode",
    facts(CHAIN, { vm: { ...vm, sqlManagement: "LightWeight" } }),
    "fail",
    /LightWeight; DMS needs Full/,
  ],
  ["P03", "a mode that is not told", facts(CHAIN, { vm: without("sqlManagement") }), "unknown", /not reported/],
  ["P04", "a VM that runs", fine, "pass", /running/],
  ["P04", "a VM that is off", facts(CHAIN, { vm: { ...vm, powerState: "deallocated" } }), "fail", /deallocated/],
  ["P04", "a power state that is not told", facts(CHAIN, { vm: without("powerState") }), "unknown", /not reported/],
  ["P05", "a VM in order", fine, "pass", /Succeeded/],
  [
    "P05",
    "the mark of an earlier failure",
    facts(CHAIN, { vm: { ...vm, provisioningState: "Failed" } }),
    "warn",
    /Failed/,
  ],
  ["P06", "SQL Server 2022", fine, "pass", /SQL Server 2022/],
  ["P06", "SQL Server 2008", facts(CHAIN, { vm: { ...vm, versionMajor: 10 } }), "fail", /SQL Server 2008/],
  [
    "P06",
    "a version that only the settings know",
    facts(CHAIN, { vm: without("versionMajor"), versionMajor: 13 }),
    "pass",
    /SQL Server 2016/,
  ],
  ["P06", "a version that nobody knows", facts(CHAIN, { vm: without("versionMajor") }), "unknown", /unknown version/],
  ["P07", "blobs for a new target", fine, "pass", /blobs/],
  [
    "P07",
    "a share for SQL Server 2014",
    facts([], { ...share, vm: { ...vm, versionMajor: 12 } }),
    "fail",
    /2014 restores from page blobs only/,
  ],
  [
    "P07",
    "a share for SQL Server 2016",
    facts([], { ...share, vm: { ...vm, versionMajor: 13 } }),
    "pass",
    /file share/,
  ],
  ["P08", "a service in the VM's region, however it is spelt", fine, "pass", /West Europe/],
  [
    "P08",
    "a service in another region",
    facts(CHAIN, { service: service({ location: "northeurope" }) }),
    "fail",
    /northeurope, the VM in westeurope/,
  ],
  [
    "P08",
    "a service that is not ready",
    facts(CHAIN, { service: service({ provisioningState: "Provisioning" }) }),
    "fail",
    /Provisioning/,
  ],
  ["P08", "no service", facts(CHAIN, { service: { kind: "absent" } }), "fail", /does not exist/],
  ["P08", "a service that cannot be read", facts(CHAIN, { service: unread }), "fail", /could not be read/],
  ["P09", "blobs need no runtime", fine, "skip", /needs no integration runtime/],
  [
    "P09",
    "a share with its runtime online",
    facts([], { ...share, service: service({ integrationRuntimeState: "Online" }) }),
    "pass",
    /Online/,
  ],
  [
    "P09",
    "a share without a runtime",
    facts([], { ...share, service: service({ integrationRuntimeState: "NeedRegistration" }) }),
    "fail",
    /NeedRegistration/,
  ],
  [
    "P09",
    "a runtime that is not told",
    facts([], { ...share, service: service({ integrationRuntimeState: "" }) }),
    "unknown",
    /unknown state/,
  ],
  ["P10", "block blobs for SQL Server 2022", fine, "pass", /2022 restores/],
  [
    "P10",
    "block blobs for SQL Server 2014",
    facts(CHAIN, { vm: { ...vm, versionMajor: 12 } }),
    "fail",
    /needs page blobs/,
  ],
  [
    "P10",
    "page blobs for SQL Server 2014",
    facts(
      CHAIN.map((one) => ({ ...one, blobType: "PageBlob" as const })),
      { vm: { ...vm, versionMajor: 12 } },
    ),
    "pass",
    /2014/,
  ],
  [
    "P10",
    "append blobs",
    facts(CHAIN.map((one) => ({ ...one, blobType: "AppendBlob" as const }))),
    "fail",
    /block or page/,
  ],
  ["P10", "a target of unknown version", facts(CHAIN, { vm: without("versionMajor") }), "unknown", /depends/],
  ["P10", "files on a share", facts([], share), "skip", /not visible/],
  ["P11", "a flat folder", fine, "pass", /flat/],
  ["P11", "a folder in it", facts([...CHAIN, full(1, 2, { file: "2024/old.bak" })]), "warn", /2024\/old\.bak/],
  ["P12", "plain names", fine, "pass", /plain/],
  ["P12", "a percent sign in a name", facts([full(100, 160, { file: "100%.bak" })]), "warn", /100%\.bak/],
  ["P13", "one database", fine, "pass", /one database/],
  [
    "P13",
    "two databases",
    facts([...CHAIN, full(100, 160, { file: "x.bak", database: "Wages", family: "other" })]),
    "fail",
    /several/,
  ],
  [
    "P13",
    "folder and target of another name than every backup",
    facts(MISPLACED, {
      report: assessChain(MISPLACED, context({ folder: "Wages", targetDatabaseName: "Wages" })),
    }),
    "fail",
    /called Wages .*backups are of Sales/,
  ],
  ["P14", "a whole chain", fine, "pass", /3 backup sets is whole/],
  ["P14", "a gap, online", facts([full(100, 160), log(150, 200), log(210, 250)]), "warn", /chain is/],
  [
    "P14",
    "a gap, offline",
    facts([full(100, 160), log(150, 200), log(210, 250)], { mode: "offline" }),
    "fail",
    /chain is/,
  ],
  ["P14", "nothing yet", facts([]), "fail", /empty/],
  ["P15", "online names none", fine, "skip", /names no last backup/],
  ["P15", "the newest of the plan", facts(CLOSED, { mode: "offline" }), "pass", /newest/],
  ["P15", "none, offline", facts([], { mode: "offline" }), "fail", /no plan/],
  ["P16", "one backup per file", fine, "pass", /one backup/],
  ["P16", "appended backups beside the plan", facts([...CHAIN, appended("old.bak")]), "warn", /old\.bak/],
  ["P17", "an older source", fine, "pass", /not older/],
  [
    "P17",
    "a newer source",
    facts(CHAIN, { vm: { ...vm, versionMajor: 13 } }),
    "fail",
    /2016\) does not restore what SQL Server 2019/,
  ],
  ["P17", "a source before 2008", facts(withHeader({ softwareVersionMajor: 9 })), "fail", /2005 is older/],
  ["P17", "a target of unknown version", facts(CHAIN, { vm: without("versionMajor") }), "unknown", /not known/],
  ["P18", "checksums everywhere", fine, "pass", /has checksums/],
  ["P18", "no checksums", facts(withHeader({ hasBackupChecksums: false })), "warn", /only when it is restored/],
  [
    "P18",
    "no checksums where they are required",
    facts(withHeader({ hasBackupChecksums: false }), { requireChecksum: true }),
    "fail",
    /only when it is restored/,
  ],
  ["P19", "headers that say nothing of TDE", fine, "unknown", /cannot be told/],
  ["P19", "no sign of TDE, which is inferred", facts(withTde({ state: "none" })), "pass", /no backup.*Inferred/i],
  [
    "P19",
    "something in the place of TDE, which is never taken for none",
    facts(withTde({ state: "unknown" })),
    "unknown",
    /cannot be told/,
  ],
  [
    "P19",
    "a database with TDE",
    facts(withTde({ state: "encrypted", thumbprints: [THUMBPRINT] })),
    "warn",
    /TDE\).*thumbprint 0x4F1A5C33D0B2E7889A6C1B2D3E4F5061728394A5 before the first restore\. Inferred/,
  ],
  [
    "P19",
    "a database with TDE whose certificate is not told",
    facts(withTde({ state: "encrypted" })),
    "warn",
    /needs its certificate/,
  ],
  ["P19", "nothing yet", facts([]), "unknown", /no file to restore/],
  [
    "P19",
    "a backup WITH ENCRYPTION",
    facts([...CHAIN, unreadable("secret.bak", "ENCRYPTED_MEDIA")]),
    "warn",
    /secret\.bak/,
  ],
  ["P20", "a free name", fine, "pass", /no migration of Sales/],
  [
    "P20",
    "a name that another migration has",
    facts(CHAIN, { rival: "hr-1" }),
    "fail",
    /The migration hr-1 has the target Sales/,
  ],
  ["P20", "a name in use", facts(CHAIN, { seen: { kind: "present", operation: running } }), "fail", /under way/],
  [
    "P20",
    "our own migration",
    facts(CHAIN, { seen: { kind: "present", operation: running }, operationId: "op-1" }),
    "pass",
    /this one/,
  ],
  [
    "P20",
    "an earlier migration",
    facts(CHAIN, { seen: { kind: "present", operation: { ...running, phase: "failed" } } }),
    "warn",
    /left a database/,
  ],
  [
    "P20",
    "DMS does not answer",
    facts(CHAIN, { seen: { kind: "unavailable", failure: REFUSED } }),
    "unknown",
    /could not be read/,
  ],
  ["P21", "containment, which cannot be read", fine, "unknown", /cannot be read/],
  ["P22", "open to all networks", fine, "pass", /open/],
  [
    "P22",
    "the VM's subnet let in, whatever the case",
    facts(CHAIN, { account: deny({ allowedSubnetIds: [SUBNET.toUpperCase()] }) }),
    "pass",
    /lets the VM's subnet in/,
  ],
  [
    "P22",
    "another subnet let in",
    facts(CHAIN, { account: deny({ allowedSubnetIds: [`${SUBNET}2`] }) }),
    "fail",
    /does not let/,
  ],
  ["P22", "private endpoints", facts(CHAIN, { account: deny({ privateEndpoints: 1 }) }), "warn", /cannot be told/],
  [
    "P22",
    "public access off",
    facts(CHAIN, { account: deny({ publicNetworkAccess: "Disabled" }) }),
    "fail",
    /no connection/,
  ],
  [
    "P22",
    "the VM's subnet unreadable",
    facts(CHAIN, { account: deny({ allowedSubnetIds: [SUBNET] }), vmSubnets: unread }),
    "unknown",
    /could not be read: no/,
  ],
  ["P22", "the account unreadable", facts(CHAIN, { account: unread }), "unknown", /could not be read/],
  ["P23", "keys allowed", fine, "pass", /takes its keys/],
  [
    "P23",
    "keys switched off",
    facts(CHAIN, {
      account: { kind: "seen", facts: { allowSharedKeyAccess: false, allowedSubnetIds: [], privateEndpoints: 0 } },
    }),
    "fail",
    /does not take/,
  ],
  ["P23", "no key is used", facts(CHAIN, { blobAuth: "ManagedIdentity" }), "skip", /No key/],
  ["P24", "a key that may be read", fine, "pass", /may read/],
  ["P24", "a key that may not", facts(CHAIN, { key: unread }), "fail", /could not be read: no/],
  ["P25", "room on the VM", fine, "pass", /takes another/],
  [
    "P25",
    "a VM at its cap",
    facts(CHAIN, { queue: { startsSinceCooldown: 100, tickets: [] } }),
    "warn",
    /all have ended/,
  ],
  [
    "P25",
    "a VM that rests",
    facts(CHAIN, { queue: { startsSinceCooldown: 100, cooldownUntil: "2025-11-24T01:00:00.000Z", tickets: [] } }),
    "warn",
    /until 2025-11-24T01/,
  ],
  [
    "P25",
    "migrations that others started count",
    facts(CHAIN, {
      limits: { maxDatabases: 1, cooldownMinutes: 30 },
      running: {
        kind: "seen",
        facts: [{ sqlVmResourceId: VM.toUpperCase(), databaseName: "X", status: "InProgress" }],
      },
    }),
    "warn",
    /waits/,
  ],
  ["P26", "the full recovery model", fine, "pass", /takes log backups/],
  ["P26", "the simple recovery model, online", facts(withHeader({ recoveryModel: "SIMPLE" })), "fail", /simple/],
  [
    "P26",
    "the simple recovery model, offline",
    facts(withHeader({ recoveryModel: "SIMPLE" }), { mode: "offline" }),
    "skip",
    /needs no log/,
  ],
  ["P27", "online", fine, "skip", /stays open/],
  ["P27", "a tail log", facts(CLOSED, { mode: "offline" }), "pass", /closed/],
  ["P27", "no tail log", facts(CHAIN, { mode: "offline" }), "warn", /is lost/],
];

function appended(file: string): BackupRecord {
  const record = full(1, 2, { file });
  if (record.content.kind !== "header") throw new Error("a full backup has a header");
  const [set] = record.content.backupSets;
  return set ? { ...record, content: { ...record.content, backupSets: [set, { ...set, position: 2 }] } } : record;
}

const find = (checks: readonly Check[], id: Check["id"]): Check => {
  const found = checks.find((check) => check.id === id);
  return found ?? assert.fail(`no ${id}`);
};

/** The check P19 of these files. */
const p19 = (records: readonly BackupRecord[]): Check | undefined =>
  preflight(facts(records)).find(({ id }) => id === "P19");

/** These are tested with the assessment and the sizing, over other facts. */
const JUDGED_ELSEWHERE: readonly Check["id"][] = ["P28", "P29", "P30", "P31"];

describe("preflight", () => {
  test("a certificate of TDE is named with the statements that move it, before anything is uploaded", () => {
    const remedy = p19(withTde({ state: "encrypted", thumbprints: [THUMBPRINT] }))?.remedy ?? "";
    assert.match(remedy, new RegExp(`WHERE thumbprint IN \\(0x${THUMBPRINT}\\)`));
    assert.match(remedy, /BACKUP CERTIFICATE \[name\] TO FILE = .* WITH PRIVATE KEY/);
    assert.match(remedy, /On the VM: .*CREATE CERTIFICATE \[name\] FROM FILE = .* WITH PRIVATE KEY/);
  });

  test("an encrypted file names the certificates that it tells, and how a database with TDE stays readable", () => {
    const common = { isComplete: true, backupSetCount: 1, blockSize: 512 } as const;
    const backup = p19([
      ...CHAIN,
      encryptedFile({ ...common, isBackupEncrypted: true, isTde: false, encryptorThumbprint: THUMBPRINT }),
    ]);
    assert.match(backup?.message ?? "", /secret\.bak\. Taken WITH ENCRYPTION by the certificate 0x4F1A.*probably/);
    const tde = p19([
      ...CHAIN,
      encryptedFile({ ...common, isBackupEncrypted: false, isTde: true, tdeThumbprint: THUMBPRINT }),
    ]);
    assert.match(tde?.message ?? "", /\(TDE\) by the certificate 0x4F1A/);
    assert.match(tde?.remedy ?? "", /WITH NO_COMPRESSION\. On the source/);
  });

  test("an encrypted file beside a plan with TDE hides neither certificate", () => {
    const other = "00".repeat(20);
    const media = { isComplete: true, backupSetCount: 1, blockSize: 512, isBackupEncrypted: true, isTde: false };
    const found = p19([
      ...withTde({ state: "encrypted", thumbprints: [THUMBPRINT] }),
      encryptedFile({ ...media, encryptorThumbprint: other }),
    ]);
    assert.match(found?.message ?? "", new RegExp(`0x${THUMBPRINT}.*0x${other}`));
    assert.match(found?.remedy ?? "", new RegExp(`WHERE thumbprint IN \\(0x${THUMBPRINT}\\)`));
  });

  test("a certificate that the backups do not tell is asked of the source before the start", () => {
    for (const tde of [{ state: "encrypted", thumbprints: [] }, { state: "unknown" }] as const)
      assert.match(p19(withTde(tde))?.remedy ?? "", /sys\.dm_database_encryption_keys.*before the start/, tde.state);
  });

  for (const [id, what, over, outcome, says] of RULES)
    test(`${id}, ${what}: ${outcome}`, () => {
      const found = find(preflight(over), id);
      assert.equal(found.outcome, outcome, found.message);
      assert.match(found.message, says);
      assert.equal(found.remedy === "", outcome === "pass" || outcome === "skip", found.remedy);
    });

  test("all checks but those that are judged elsewhere are told, in order, whatever the facts", () => {
    fc.assert(
      fc.property(fc.constantFrom(...RULES), ([, , over]) => {
        const ids = preflight(over).map((check) => check.id);
        assert.deepEqual(
          ids,
          CHECK_IDS.filter((id) => !JUDGED_ELSEWHERE.includes(id)),
        );
      }),
    );
  });

  test("every check has a rule that lets it pass or leaves it open, and one that does not", () => {
    for (const id of preflight(fine).map((check) => check.id))
      assert.ok(
        new Set(RULES.filter(([one]) => one === id).map(([, , , outcome]) => outcome)).size > (id === "P21" ? 0 : 1),
        id,
      );
  });

  test("warnings and what is unknown hold up nothing, one failure does", () => {
    assert.ok(passed(preflight(fine)));
    assert.ok(!passed(preflight(facts(CHAIN, { key: unread }))));
  });

  test("a failure that is set aside becomes a warning that says so; others are left alone", () => {
    const found = preflight(facts(CHAIN, { key: unread, vm: { exists: false } }), ["P24", "P01"]);
    assert.deepEqual([find(found, "P24").outcome, find(found, "P24").overridden], ["warn", true]);
    assert.deepEqual([find(found, "P02").outcome, find(found, "P02").overridden], ["fail", undefined]);
    assert.deepEqual([find(found, "P01").outcome, find(found, "P01").overridden], ["pass", undefined]);
  });

  for (const [id, found] of [
    ["P13", facts([...CHAIN, full(100, 160, { file: "x.bak", database: "Wages", family: "other" })])],
    ["P14", facts([full(100, 160), log(150, 200), log(210, 250)], { mode: "offline" })],
    ["P15", facts([], { mode: "offline" })],
    ["P20", facts(CHAIN, { rival: "sales-2" })],
  ] as const)
    test(`${id} keeps files and databases apart or whole: no setting lowers it, and it says so`, () => {
      const check = find(preflight(found, [id]), id);
      assert.deepEqual([check.outcome, check.overridden], ["fail", undefined]);
      assert.match(check.remedy, new RegExp(`PREFLIGHT_OVERRIDES does not lower ${id}\\.$`));
      assert.doesNotMatch(find(preflight(found), id).remedy, /PREFLIGHT_OVERRIDES/);
    });

  test("docs/operations.md lists which checks a setting may lower and which not, every one of them", () => {
    const docs = readFileSync(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
    const listed = docs.matchAll(/^\| (P\d\d) \| .* \| (yes|no) \| .* \|$/gm);
    const told = [...listed].map(([, id, may]) => [id, may === "yes"]);
    assert.deepEqual(
      told,
      CHECK_IDS.map((id) => [id, isOverridable(id)]),
    );
  });

  test("a run that ends here says which checks failed, and what to do", () => {
    const failure = preflightFailure(preflight(facts(CHAIN, { key: unread, vm: { exists: false } })));
    assert.match(failure.message, /^There is no SQL virtual machine vm1\. The account's key could not be read/);
    assert.match(failure.cause, /P02, P24/);
    assert.match(failure.remedy, /SQL IaaS Agent .*listKeys.*Then restart the migration/);
  });
});
