// Names the Azure resources that exist in the emulator, in one seed and nowhere else.

export interface Seed {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly sqlVms: readonly SqlVmSeed[];
  readonly storageAccounts: readonly StorageAccountSeed[];
  readonly migrationServices: readonly string[];
  /** Shares that integration runtimes reach, each with the container folder that stands in for it. */
  readonly shares?: readonly ShareSeed[];
  /** Of the Key Vault: name to value. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** registrationState of Microsoft.DataMigration; absent: Registered. */
  readonly registrationState?: string;
}

interface ShareSeed {
  /** \\server\share\folder. */
  readonly path: string;
  readonly storageAccount: string;
  readonly container: string;
  readonly folder: string;
}

export interface SqlVmSeed {
  /** Of the SQL VM and of the Compute VM below it. */
  readonly name: string;
  /** Marketplace offer, "SQL2022-WS2022". */
  readonly sqlImageOffer?: string;
  readonly sqlManagement?: "Full" | "LightWeight" | "NoAgent";
  /** PowerState of the Compute VM: "running". */
  readonly powerState?: string;
  /** Absent: Standard_E8ds_v5, with two P30 for data and one for the log. */
  readonly size?: string;
  readonly disks?: readonly DiskSeed[];
  /** Absent: the first one of the group's network. */
  readonly subnetId?: string;
  /** User databases that are there already. */
  readonly databases?: readonly string[];
}

export interface DiskSeed {
  /** "Premium_LRS". */
  readonly type: string;
  readonly gib: number;
  readonly caching: "None" | "ReadOnly" | "ReadWrite";
  readonly use: "data" | "log" | "data and log" | "tempdb";
  readonly iops?: number;
  readonly mbps?: number;
}

export interface StorageAccountSeed {
  readonly name: string;
  /** Where its blobs really are: "http://127.0.0.1:10000/devstoreaccount1". */
  readonly blobEndpoint: string;
  /** The name and key that the endpoint wants; ARM hands the key out. */
  readonly accountName: string;
  readonly accountKey: string;
  /** Of the firewall; absent: open to all networks. */
  readonly allowedSubnetIds?: readonly string[];
  readonly allowSharedKeyAccess?: boolean;
  /** False: whoever asks for the keys is answered 403. */
  readonly mayListKeys?: boolean;
}

/** Resource ids of the seed, as ARM spells them. */
export const groupId = (seed: Seed): string =>
  `/subscriptions/${seed.subscriptionId}/resourceGroups/${seed.resourceGroup}`;
export const sqlVmId = (seed: Seed, name: string): string =>
  `${groupId(seed)}/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/${name}`;
export const virtualMachineId = (seed: Seed, name: string): string =>
  `${groupId(seed)}/providers/Microsoft.Compute/virtualMachines/${name}`;
export const storageAccountId = (seed: Seed, name: string): string =>
  `${groupId(seed)}/providers/Microsoft.Storage/storageAccounts/${name}`;
export const migrationServiceId = (seed: Seed, name: string): string =>
  `${groupId(seed)}/providers/Microsoft.DataMigration/sqlMigrationServices/${name}`;

export const networkInterfaceId = (seed: Seed, vm: string): string =>
  `${groupId(seed)}/providers/Microsoft.Network/networkInterfaces/${vm}-nic`;
export const subnetId = (seed: Seed, vm: SqlVmSeed): string =>
  vm.subnetId ?? `${groupId(seed)}/providers/Microsoft.Network/virtualNetworks/vnet1/subnets/sql`;

/** ARM ids and names are compared without case. */
export const same = (a: string | undefined, b: string | undefined): boolean => a?.toLowerCase() === b?.toLowerCase();

export const findSqlVm = (seed: Seed, name: string): SqlVmSeed | undefined =>
  seed.sqlVms.find((vm) => same(vm.name, name));

/** By resource id; undefined when the seed has none of this id. */
export const findStorageAccount = (seed: Seed, id: string | undefined): StorageAccountSeed | undefined =>
  seed.storageAccounts.find((account) => same(storageAccountId(seed, account.name), id));

const RELEASES: readonly (readonly [offer: string, major: number])[] = [
  ["SQL2012", 11],
  ["SQL2014", 12],
  ["SQL2016", 13],
  ["SQL2017", 14],
  ["SQL2019", 15],
  ["SQL2022", 16],
  ["SQL2025", 17],
];

/** SoftwareVersionMajor that the VM's engine accepts at most; undefined for an image without a year. */
export const engineVersion = (vm: SqlVmSeed): number | undefined =>
  RELEASES.find(([offer]) => vm.sqlImageOffer?.toUpperCase().startsWith(offer))?.[1];
