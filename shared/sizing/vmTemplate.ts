// Writes the recommended VM as a Bicep template: SQL VM in Full mode, with a storage pool each for data and log.
import type { Volume } from "./disks.ts";
import type { SizeOption } from "./recommend.ts";

export interface TemplateFacts {
  /** "SRC01\PROD", for the comment. */
  readonly server: string;
  /** Of the source; the VM may not have an older release. */
  readonly versionMajor?: number;
  readonly edition?: string;
  readonly region: string;
  readonly zone?: string;
}

const SQL_SERVER_2025 = 17;

/** Bicep text, complete: what it asks for are a name, a subnet, and the administrator's sign-in. */
export function vmTemplate({ size, storage, fewerCores }: SizeOption, facts: TemplateFacts): string {
  const volumes: NamedVolume[] = [
    { name: "data", volume: storage.data, drive: "F" },
    { name: "log", volume: storage.log, drive: "G" },
    ...(storage.tempdb ? [{ name: "tempdb", volume: storage.tempdb, drive: "H" } as const] : []),
  ];
  const firstLun = volumes.map((_, at) => volumes.slice(0, at).reduce((sum, { volume }) => sum + volume.disks, 0));
  const hasUltra = volumes.some(({ volume }) => volume.kind === "Ultra Disk");
  const isZonal = volumes.some(({ volume }) => volume.kind !== "Premium SSD");
  const release = (facts.versionMajor ?? 0) >= SQL_SERVER_2025 ? "sql2025-ws2025" : "sql2022-ws2022";
  const luns = (name: NamedVolume["name"]): string => {
    const at = volumes.findIndex((one) => one.name === name);
    return `range(${firstLun[at]}, ${volumes[at]?.volume.disks})`;
  };
  return `// ${comment(facts.server)} on ${size.name}: written by ferry recommend, to be read before it is deployed.
// The SQL IaaS agent makes a storage pool of each set of disks, striped by 64 KB, and formats it with units of 64 KB.

@description('Region of the VM')
param location string = '${facts.region}'

@description('Availability zone; empty: none. Premium SSD v2 and Ultra Disk need one where the region has zones')
@allowed(['', '1', '2', '3'])
param zone string = '${facts.zone ?? (isZonal ? "1" : "")}'

@description('Name of the VM')
@minLength(1)
@maxLength(15)
param vmName string

@description('Size of the VM${fewerCores === undefined ? "" : `; ${fewerCores} has the same memory and disks, and fewer cores to license`}')
param vmSize string = '${size.name}'

@description('Resource id of the subnet; migrations need a way from it to the storage account of the backups')
param subnetId string

@description('Local administrator')
param adminUsername string

@secure()
@description('Password of the local administrator')
param adminPassword string

@description('Image: a release of SQL Server that is not older than that of the source')
param sqlImageOffer string = '${release}'

@description('Image: edition of SQL Server')
param sqlImageSku string = '${skuOf(facts.edition)}'

@description('AHUB: with licences of your own (Azure Hybrid Benefit). PAYG: paid with the VM. DR: a free passive replica')
@allowed(['AHUB', 'PAYG', 'DR'])
param sqlServerLicenseType string = 'PAYG'

@description('Collation of the server: that of the source, or tempdb collides with the databases')
param collation string = 'SQL_Latin1_General_CP1_CI_AS'

var zones = empty(zone) ? null : [zone]

${volumes.map(diskResource).join("\n\n")}

resource nic 'Microsoft.Network/networkInterfaces@2024-01-01' = {
  name: '\${vmName}-nic'
  location: location
  properties: {
    enableAcceleratedNetworking: true
    ipConfigurations: [
      {
        name: 'ipconfig1'
        properties: {
          privateIPAllocationMethod: 'Dynamic'
          subnet: { id: subnetId }
        }
      }
    ]
  }
}

resource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = {
  name: vmName
  location: location
  zones: zones
  properties: {
    hardwareProfile: { vmSize: vmSize }${hasUltra ? "\n    additionalCapabilities: { ultraSSDEnabled: true }" : ""}
    osProfile: {
      computerName: vmName
      adminUsername: adminUsername
      adminPassword: adminPassword
    }
    storageProfile: {${size.controller === "NVMe" ? "\n      diskControllerType: 'NVMe'" : ""}
      imageReference: {
        publisher: 'MicrosoftSQLServer'
        offer: sqlImageOffer
        sku: sqlImageSku
        version: 'latest'
      }
      osDisk: {
        createOption: 'FromImage'
        caching: 'ReadWrite'
        managedDisk: { storageAccountType: 'Premium_LRS' }
      }
      dataDisks: [
${volumes.flatMap((one, at) => attached(one, firstLun[at] ?? 0)).join("\n")}
      ]
    }
    networkProfile: { networkInterfaces: [{ id: nic.id }] }
  }
}

resource sqlVm 'Microsoft.SqlVirtualMachine/sqlVirtualMachines@2023-10-01' = {
  name: vmName
  location: location
  properties: {
    virtualMachineResourceId: vm.id
    sqlManagement: 'Full'
    sqlServerLicenseType: sqlServerLicenseType
    storageConfigurationSettings: {
      diskConfigurationType: 'NEW'
      storageWorkloadType: 'OLTP'
      sqlDataSettings: {
        luns: ${luns("data")}
        defaultFilePath: 'F:\\\\data'
      }
      sqlLogSettings: {
        luns: ${luns("log")}
        defaultFilePath: 'G:\\\\log'
      }
      sqlSystemDbOnDataDisk: true
      sqlTempDbSettings: {
        defaultFilePath: '${storage.tempdb ? "H:\\\\tempDb" : "D:\\\\tempDb"}'
        dataFileCount: ${Math.min(8, size.vcpus)}${storage.tempdb ? `\n        luns: ${luns("tempdb")}` : ""}
      }
    }
    serverConfigurationsManagementSettings: {
      sqlInstanceSettings: {
        collation: collation
        isIfiEnabled: true
      }
    }
  }
}

@description('Name this one as the target of migrations')
output sqlVmResourceId string = sqlVm.id
`;
}

interface NamedVolume {
  readonly name: "data" | "log" | "tempdb";
  readonly volume: Volume;
  readonly drive: "F" | "G" | "H";
}

const TYPES = {
  "Premium SSD": "Premium_LRS",
  "Premium SSD v2": "PremiumV2_LRS",
  "Ultra Disk": "UltraSSD_LRS",
} as const;

/** Databases that come from disks with sectors of 512 bytes stay on such. */
function diskResource({ name, volume }: NamedVolume): string {
  const { kind, disks, gib, iops, mbps, tier } = volume;
  const provisioned =
    kind === "Premium SSD"
      ? ""
      : `
      diskIOPSReadWrite: ${iops}
      diskMBpsReadWrite: ${mbps}`;
  const sector = kind === "Premium SSD" ? "" : ", logicalSectorSize: 512";
  return `// ${name}: ${disks} x ${tier ?? kind}
resource ${name}Disks 'Microsoft.Compute/disks@2024-03-02' = [
  for index in range(0, ${disks}): {
    name: '\${vmName}-${name}-\${index}'
    location: location
    zones: zones
    sku: { name: '${TYPES[kind]}' }
    properties: {
      creationData: { createOption: 'Empty'${sector} }
      diskSizeGB: ${gib}${provisioned}
    }
  }
]`;
}

const attached = ({ name, volume }: NamedVolume, firstLun: number): string[] =>
  Array.from(
    { length: volume.disks },
    (_, index) => `        {
          lun: ${firstLun + index}
          createOption: 'Attach'
          caching: '${volume.caching}'
          managedDisk: { id: ${name}Disks[${index}].id }
        }`,
  );

function skuOf(edition: string | undefined): string {
  if (/enterprise/i.test(edition ?? "")) return "enterprise-gen2";
  if (/developer/i.test(edition ?? "")) return "sqldev-gen2";
  return /^web/i.test(edition ?? "") ? "web-gen2" : "standard-gen2";
}

/** Names of servers are anybody's: nothing in them ends the comment. */
const comment = (text: string): string => text.replace(/[\r\n\u2028\u2029]/g, " ");
