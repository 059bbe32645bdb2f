// Reads the size and the disks of a target's VM: VirtualMachines_Get, and the SQL VM's storage configuration.
import { z } from "zod";
import type { Services } from "../../ports.ts";
import type { TargetDisk, TargetVm } from "../../sizing/targetFit.ts";
import { type ArmAccess, armSender } from "../arm/armRequests.ts";
import { parseResourceId } from "../arm/resourceId.ts";
import { COMPUTE_VM, getSqlVm, getVirtualMachine, SQL_VM } from "../arm/sqlVmTarget.ts";
import { invalidId, sightingOf } from "../dms/answers.ts";

const luns = z
  .looseObject({ luns: z.array(z.number()).nullish() })
  .nullish()
  .transform((settings) => settings?.luns ?? []);

const StoredSqlVm = z.looseObject({
  properties: z.looseObject({
    virtualMachineResourceId: z.string(),
    storageConfigurationSettings: z
      .looseObject({ sqlDataSettings: luns, sqlLogSettings: luns, sqlTempDbSettings: luns })
      .nullish(),
  }),
});

const SizedVm = z.looseObject({
  properties: z.looseObject({
    hardwareProfile: z.looseObject({ vmSize: z.string() }),
    storageProfile: z.looseObject({
      diskControllerType: z.string().nullish(),
      dataDisks: z
        .array(
          z.looseObject({
            lun: z.number(),
            caching: z.enum(["None", "ReadOnly", "ReadWrite"]).nullish(),
            diskSizeGB: z.number().nullish(),
            diskIOPSReadWrite: z.number().nullish(),
            diskMBpsReadWrite: z.number().nullish(),
            managedDisk: z.looseObject({ storageAccountType: z.string().nullish() }).nullish(),
          }),
        )
        .nullish(),
    }),
  }),
});

const KINDS: Readonly<Record<string, TargetDisk["kind"]>> = {
  premium_lrs: "Premium SSD",
  premium_zrs: "Premium SSD",
  premiumv2_lrs: "Premium SSD v2",
  ultrassd_lrs: "Ultra Disk",
};

/**
 * Size and type of disks are told only while the VM is allocated or was once; what is not told is left out of the
 * disks.
 */
export function createTargetSize(options: ArmAccess): Services["targetSize"] {
  const send = armSender(options);
  return async (sqlVmResourceId) => {
    const id = parseResourceId(sqlVmResourceId, SQL_VM);
    if (id === undefined) return { kind: "unreadable", failure: invalidId(sqlVmResourceId, SQL_VM) };
    const request = getSqlVm(id);
    const sqlVm = sightingOf(
      await send({ ...request, query: { $expand: "*" } }),
      (body) => StoredSqlVm.safeParse(body).data?.properties,
    );
    if (sqlVm.kind !== "seen") return sqlVm;
    const { virtualMachineResourceId, storageConfigurationSettings: storage } = sqlVm.facts;
    const vm = parseResourceId(virtualMachineResourceId, COMPUTE_VM);
    if (vm === undefined) return { kind: "unreadable", failure: invalidId(virtualMachineResourceId, COMPUTE_VM) };
    const useOf = (lun: number): TargetDisk["use"] => {
      const [isLog, isData] = [storage?.sqlLogSettings.includes(lun), storage?.sqlDataSettings.includes(lun)];
      if (isLog && isData) return "data and log";
      if (isLog) return "log";
      if (isData) return "data";
      return storage?.sqlTempDbSettings.includes(lun) ? "tempdb" : undefined;
    };
    return sightingOf(await send(getVirtualMachine(vm)), (body): TargetVm | undefined => {
      const found = SizedVm.safeParse(body).data?.properties;
      if (found === undefined) return undefined;
      const { hardwareProfile, storageProfile } = found;
      return {
        sizeName: hardwareProfile.vmSize,
        controller: storageProfile.diskControllerType === "NVMe" ? "NVMe" : "SCSI",
        disks: (storageProfile.dataDisks ?? []).map(
          ({ lun, caching, diskSizeGB, diskIOPSReadWrite, diskMBpsReadWrite, managedDisk }): TargetDisk => {
            const use = useOf(lun);
            return {
              lun,
              kind: KINDS[managedDisk?.storageAccountType?.toLowerCase() ?? ""] ?? "other",
              gib: diskSizeGB ?? 0,
              caching: caching ?? "None",
              ...(diskIOPSReadWrite && { iops: diskIOPSReadWrite }),
              ...(diskMBpsReadWrite && { mbps: diskMBpsReadWrite }),
              ...(use && { use }),
            };
          },
        ),
      };
    });
  };
}
