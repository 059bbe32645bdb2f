// Implements the TargetVm port: what is known of the SQL Server on an Azure VM that receives the database.
import type { SqlVirtualMachineManagementModels } from "@azure/arm-sqlvirtualmachine";
import { z } from "zod";
import type { TargetVmFacts } from "../../migration/observed.ts";
import { majorOf } from "../../migration/sqlServerRelease.ts";
import type { TargetVm } from "../../ports.ts";
import { invalidId, sightingOf } from "../dms/answers.ts";
import { failureOf } from "../dms/failures.ts";
import { vmOddities } from "../dms/oddities.ts";
import { type ArmAccess, type ArmRequest, armSender, reasonOf } from "./armRequests.ts";
import { notAnId, parseResourceId, type ResourceId } from "./resourceId.ts";

export const SQL_VM = "Microsoft.SqlVirtualMachine/sqlVirtualMachines";
export const COMPUTE_VM = "Microsoft.Compute/virtualMachines";
const NETWORK_INTERFACE = "Microsoft.Network/networkInterfaces";
const COMPUTE_API_VERSION = "2024-07-01";

const text = z.string().optional().catch(undefined);
const SqlVirtualMachine = z.looseObject({
  location: text,
  properties: z.looseObject({
    virtualMachineResourceId: text,
    sqlManagement: text,
    sqlImageOffer: text,
    provisioningState: text,
  } satisfies Partial<Record<keyof SqlVirtualMachineManagementModels.SqlVirtualMachine, typeof text>>),
});
const VirtualMachine = z.looseObject({
  properties: z.looseObject({
    networkProfile: z.looseObject({ networkInterfaces: z.array(z.looseObject({ id: z.string() })) }),
  }),
});
const NetworkInterface = z.looseObject({
  properties: z.looseObject({
    ipConfigurations: z.array(
      z.looseObject({ properties: z.looseObject({ subnet: z.looseObject({ id: z.string() }).optional() }) }),
    ),
  }),
});
const InstanceView = z.looseObject({ statuses: z.array(z.looseObject({ code: text })) });

/**
 * SqlVirtualMachines_Get and VirtualMachines_InstanceView; for subnets VirtualMachines_Get and NetworkInterfaces_Get.
 * What cannot be read is unknown, with the reason.
 */
export function createSqlVmTarget(options: ArmAccess): TargetVm {
  const send = armSender(options);
  return {
    async observe(sqlVmResourceId) {
      const sqlVm = parseResourceId(sqlVmResourceId, SQL_VM);
      if (sqlVm === undefined) return unreadable(notAnId(sqlVmResourceId, SQL_VM));
      const answer = await send(getSqlVm(sqlVm));
      if (answer.kind === "refused" && answer.status === 404) return { exists: false };
      if (answer.kind !== "ok")
        return { ...unreadable(reasonOf(answer)), isPassing: failureOf(answer).kind === "wait" };
      const parsed = SqlVirtualMachine.safeParse(answer.body);
      if (!parsed.success) return unreadable("The answer is not a SQL virtual machine.");
      const { location, properties } = parsed.data;
      const versionMajor = versionOf(properties.sqlImageOffer);
      const power = await powerOf(properties.virtualMachineResourceId);
      for (const text of vmOddities({ ...properties, ...power })) options.note?.(text);
      return {
        exists: true,
        ...(location === undefined ? {} : { location }),
        ...(properties.sqlManagement === undefined ? {} : { sqlManagement: properties.sqlManagement }),
        ...(versionMajor === undefined ? {} : { versionMajor }),
        ...(properties.provisioningState === undefined ? {} : { provisioningState: properties.provisioningState }),
        ...power,
      };
    },

    async subnets(virtualMachineResourceId) {
      const vm = parseResourceId(virtualMachineResourceId, COMPUTE_VM);
      if (vm === undefined) return { kind: "unreadable", failure: invalidId(virtualMachineResourceId, COMPUTE_VM) };
      const machine = sightingOf(await send(getVirtualMachine(vm)), (body) =>
        VirtualMachine.safeParse(body).data?.properties.networkProfile.networkInterfaces.map(({ id }) => id),
      );
      if (machine.kind !== "seen") return machine;
      const subnets: string[] = [];
      for (const id of machine.facts) {
        const nic = parseResourceId(id, NETWORK_INTERFACE);
        if (nic === undefined) return { kind: "unreadable", failure: invalidId(id, NETWORK_INTERFACE) };
        const seen = sightingOf(await send(getNetworkInterface(nic)), (body) =>
          NetworkInterface.safeParse(body).data?.properties.ipConfigurations.flatMap(({ properties: { subnet } }) =>
            subnet ? [subnet.id] : [],
          ),
        );
        if (seen.kind !== "seen") return seen;
        subnets.push(...seen.facts);
      }
      return { kind: "seen", facts: subnets };
    },
  };

  async function powerOf(virtualMachineResourceId: string | undefined): Promise<Partial<TargetVmFacts>> {
    const vm = parseResourceId(virtualMachineResourceId ?? "", COMPUTE_VM);
    if (virtualMachineResourceId === undefined || vm === undefined) return {};
    const answer = await send(getInstanceView(vm));
    if (answer.kind !== "ok") return { virtualMachineResourceId, unreadable: `Power state: ${reasonOf(answer)}` };
    const codes = InstanceView.safeParse(answer.body).data?.statuses.map((status) => status.code ?? "") ?? [];
    const powerState = codes.find((code) => code.startsWith("PowerState/"))?.slice("PowerState/".length);
    return powerState === undefined ? { virtualMachineResourceId } : { virtualMachineResourceId, powerState };
  }
}

const unreadable = (reason: string): TargetVmFacts => ({ exists: "unreadable", unreadable: reason });

const valuesOf = ({ subscriptionId, resourceGroup }: ResourceId) => ({
  subscriptionId,
  resourceGroupName: resourceGroup,
});

export const getSqlVm = (id: ResourceId): ArmRequest => ({
  operation: "SqlVirtualMachines_Get",
  values: { ...valuesOf(id), sqlVirtualMachineName: id.name },
  apiVersion: "2017-03-01-preview",
});

export const getVirtualMachine = (id: ResourceId): ArmRequest => ({
  operation: "VirtualMachines_Get",
  values: { ...valuesOf(id), vmName: id.name },
  apiVersion: COMPUTE_API_VERSION,
});

const getInstanceView = (id: ResourceId): ArmRequest => ({
  operation: "VirtualMachines_InstanceView",
  values: { ...valuesOf(id), vmName: id.name },
  apiVersion: COMPUTE_API_VERSION,
});

const getNetworkInterface = (id: ResourceId): ArmRequest => ({
  operation: "NetworkInterfaces_Get",
  values: { ...valuesOf(id), networkInterfaceName: id.name },
  apiVersion: "2023-09-01",
});

// Marketplace images only ("SQL2022-WS2022"); another offer says nothing about the version.
const versionOf = (sqlImageOffer: string | undefined): number | undefined =>
  majorOf(/^SQL(\d{4})/i.exec(sqlImageOffer ?? "")?.[1]);
