// Answers for the resources around a migration: SQL VM, Compute VM, network interface, storage account, provider, Key
// Vault.
import { hasEnded } from "./databaseMigration.ts";
import { isActive } from "./faults.ts";
import { advanceAll } from "./migrations.ts";
import { type ArmCall, type Emulator, type Handler, notFound, type Reply, refusal } from "./replies.ts";
import {
  type DiskSeed,
  findSqlVm,
  groupId,
  networkInterfaceId,
  type SqlVmSeed,
  same,
  sqlVmId,
  storageAccountId,
  subnetId,
  virtualMachineId,
} from "./resources.ts";

/** SqlVirtualMachines_Get. A failed migration leaves its mark on provisioningState, a good one removes it. */
export const getSqlVm: Handler = async (emulator, call) => {
  const vm = findSqlVm(emulator.seed, call.values["vm"] ?? "");
  if (vm === undefined)
    return notFound(emulator, `Microsoft.SqlVirtualMachine/sqlVirtualMachines/${call.values["vm"]}`);
  await advanceAll(emulator);
  const last = emulator.state.migrations.findLast((one) => same(one.vmName, vm.name) && hasEnded(one));
  const hasFailed = last?.phase.at === "failed" || last?.phase.at === "notStarted";
  return {
    status: 200,
    body: {
      location: emulator.seed.location,
      properties: {
        virtualMachineResourceId: virtualMachineId(emulator.seed, vm.name),
        provisioningState: hasFailed ? "Failed" : "Succeeded",
        sqlImageOffer: vm.sqlImageOffer,
        sqlImageSku: vm.sqlImageOffer === undefined ? undefined : "Developer",
        sqlServerLicenseType: "PAYG",
        sqlManagement: vm.sqlManagement,
        ...(call.query.has("$expand") && { storageConfigurationSettings: storageOf(vm) }),
      },
      id: sqlVmId(emulator.seed, vm.name),
      name: vm.name,
      type: "Microsoft.SqlVirtualMachine/sqlVirtualMachines",
    },
  };
};

/** VirtualMachines_InstanceView. */
export const getInstanceView: Handler = (emulator, call) => {
  const vm = findSqlVm(emulator.seed, call.values["vm"] ?? "");
  if (vm === undefined) return notFound(emulator, `Microsoft.Compute/virtualMachines/${call.values["vm"]}`);
  const isOff = isActive(emulator.state.faults, "vmPoweredOff", { vm: vm.name });
  const power = isOff ? "deallocated" : (vm.powerState ?? "running");
  return {
    status: 200,
    body: {
      statuses: [
        { code: "ProvisioningState/succeeded", level: "Info", displayStatus: "Provisioning succeeded" },
        { code: `PowerState/${power}`, level: "Info", displayStatus: `VM ${power}` },
      ],
    },
  };
};

/** VirtualMachines_Get: its size and disks, and what leads to its network. */
export const getVirtualMachine: Handler = (emulator, call) => {
  const { seed } = emulator;
  const vm = findSqlVm(seed, call.values["vm"] ?? "");
  if (vm === undefined) return notFound(emulator, `Microsoft.Compute/virtualMachines/${call.values["vm"]}`);
  return {
    status: 200,
    body: {
      id: virtualMachineId(seed, vm.name),
      name: vm.name,
      type: "Microsoft.Compute/virtualMachines",
      location: seed.location,
      properties: {
        hardwareProfile: { vmSize: vm.size ?? "Standard_E8ds_v5" },
        storageProfile: {
          diskControllerType: "SCSI",
          dataDisks: disksOf(vm).map(({ type, gib, caching, iops, mbps }, lun) => ({
            lun,
            createOption: "Attach",
            caching,
            diskSizeGB: gib,
            diskIOPSReadWrite: iops,
            diskMBpsReadWrite: mbps,
            managedDisk: { storageAccountType: type },
          })),
        },
        networkProfile: { networkInterfaces: [{ id: networkInterfaceId(seed, vm.name) }] },
      },
    },
  };
};

const P30 = { type: "Premium_LRS", gib: 1024 } as const;

const disksOf = ({ disks }: SqlVmSeed): readonly DiskSeed[] =>
  disks ?? [
    { ...P30, caching: "ReadOnly", use: "data" },
    { ...P30, caching: "ReadOnly", use: "data" },
    { ...P30, caching: "None", use: "log" },
  ];

/** storageConfigurationSettings: which LUNs are for what; without disks of its own tempdb is on D:. */
function storageOf(vm: SqlVmSeed): object {
  const luns = (use: "data" | "log" | "tempdb"): number[] =>
    disksOf(vm).flatMap((disk, lun) => (disk.use.split(" and ").includes(use) ? [lun] : []));
  return {
    sqlDataSettings: { luns: luns("data"), defaultFilePath: "F:\\data" },
    sqlLogSettings: { luns: luns("log"), defaultFilePath: "G:\\log" },
    sqlTempDbSettings: { luns: luns("tempdb"), defaultFilePath: "D:\\tempDb" },
  };
}

/** NetworkInterfaces_Get. */
export const getNetworkInterface: Handler = (emulator, call) => {
  const { seed } = emulator;
  const vm = seed.sqlVms.find(({ name }) =>
    same(networkInterfaceId(seed, name).split("/").at(-1), call.values["networkInterface"]),
  );
  if (vm === undefined)
    return notFound(emulator, `Microsoft.Network/networkInterfaces/${call.values["networkInterface"]}`);
  return {
    status: 200,
    body: {
      id: networkInterfaceId(seed, vm.name),
      type: "Microsoft.Network/networkInterfaces",
      location: seed.location,
      properties: { ipConfigurations: [{ name: "ipconfig1", properties: { subnet: { id: subnetId(seed, vm) } } }] },
    },
  };
};

/** Get Secret of the Key Vault, whose address is the emulator's and "/vault". */
export function getSecret({ seed }: Parameters<Handler>[0], name: string): Reply {
  const value = seed.secrets?.[name];
  return value === undefined
    ? refusal(404, "SecretNotFound", `A secret with (name/id) ${name} was not found in this key vault.`)
    : { status: 200, body: { value, id: `https://vault1/secrets/${name}/1`, attributes: { enabled: true } } };
}

/** StorageAccounts_GetProperties. */
export const getStorageAccount: Handler = (emulator, call) => {
  const { seed } = emulator;
  const account = seed.storageAccounts.find(({ name }) => same(name, call.values["account"]));
  if (account === undefined) return notFound(emulator, `Microsoft.Storage/storageAccounts/${call.values["account"]}`);
  return {
    status: 200,
    body: {
      id: storageAccountId(seed, account.name),
      name: account.name,
      type: "Microsoft.Storage/storageAccounts",
      location: seed.location,
      kind: "StorageV2",
      properties: {
        provisioningState: "Succeeded",
        primaryEndpoints: { blob: `${account.blobEndpoint}/` },
        allowSharedKeyAccess: account.allowSharedKeyAccess,
        networkAcls: {
          defaultAction: account.allowedSubnetIds === undefined ? "Allow" : "Deny",
          virtualNetworkRules: account.allowedSubnetIds?.map((id) => ({ id, action: "Allow", state: "Succeeded" })),
        },
      },
    },
  };
};

/** StorageAccounts_ListKeys. */
export const postListKeys: Handler = (emulator, call) => {
  const { seed } = emulator;
  const account = seed.storageAccounts.find(({ name }) => same(name, call.values["account"]));
  if (account === undefined) return notFound(emulator, `Microsoft.Storage/storageAccounts/${call.values["account"]}`);
  if (account.mayListKeys === false)
    return refusal(
      403,
      "AuthorizationFailed",
      "The client does not have authorization to perform action 'Microsoft.Storage/storageAccounts/listKeys/action'.",
    );
  return { status: 200, body: { keys: [{ keyName: "key1", value: account.accountKey, permissions: "FULL" }] } };
};

/** Providers_Get, Microsoft.DataMigration. */
export const getProvider: Handler = ({ seed }) => ({
  status: 200,
  body: {
    id: `/subscriptions/${seed.subscriptionId}/providers/Microsoft.DataMigration`,
    namespace: "Microsoft.DataMigration",
    registrationState: seed.registrationState ?? "Registered",
  },
});

/** What is wrong with subscription, resource group and VM, before anything else is looked at. */
export function scopeRefusal(emulator: Emulator, { values }: ArmCall): Reply | undefined {
  const { seed } = emulator;
  if (!same(values["subscription"], seed.subscriptionId))
    return refusal(404, "SubscriptionNotFound", `The subscription '${values["subscription"]}' could not be found.`);
  if (values["group"] !== undefined && !same(values["group"], seed.resourceGroup))
    return refusal(
      404,
      "ResourceGroupNotFound",
      `Resource group '${values["group"]}' could not be found; there is ${groupId(seed)}.`,
    );
  const { vm } = values;
  if (vm !== undefined && findSqlVm(emulator.seed, vm) === undefined)
    return notFound(emulator, `Microsoft.SqlVirtualMachine/sqlVirtualMachines/${vm}`);
  return undefined;
}
