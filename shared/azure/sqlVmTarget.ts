// What is known of the SQL Server on an Azure VM that receives the database? The TargetVm port.
import { SqlVirtualMachineManagementClient } from "@azure/arm-sqlvirtualmachine";
import type { TokenCredential } from "@azure/identity";
import { z } from "zod";
import type { TargetVm, TargetVmFacts } from "../migration/ports.ts";
import { type ArmAnswer, type ArmRequest, sendArm } from "./armRequests.ts";
import { notAnId, parseResourceId, type ResourceId } from "./dms/resourceId.ts";

const SQL_VM = "Microsoft.SqlVirtualMachine/sqlVirtualMachines";

const text = z.string().optional().catch(undefined);
const SqlVirtualMachine = z.looseObject({
  location: text,
  properties: z.looseObject({ virtualMachineResourceId: text, sqlManagement: text, sqlImageOffer: text }),
});
const InstanceView = z.looseObject({ statuses: z.array(z.looseObject({ code: text })) });

/** SqlVirtualMachines_Get and, for the power state, VirtualMachines_InstanceView. What cannot be read is unknown, with the reason. */
export function createSqlVmTarget(options: {
  readonly credential: TokenCredential;
  readonly endpoint: string;
}): TargetVm {
  // Every path names its own subscription.
  const client = new SqlVirtualMachineManagementClient(options.credential, "", {
    baseUri: options.endpoint,
    noRetryPolicy: true,
  });
  return {
    async observe(sqlVmResourceId) {
      const sqlVm = parseResourceId(sqlVmResourceId, SQL_VM);
      if (sqlVm === undefined) return unreadable(notAnId(sqlVmResourceId, SQL_VM));
      const answer = await sendArm(client, getSqlVm(sqlVm));
      if (answer.kind === "refused" && answer.status === 404) return { exists: false };
      if (answer.kind !== "ok") return unreadable(reasonOf(answer));
      const parsed = SqlVirtualMachine.safeParse(answer.body);
      if (!parsed.success) return unreadable("The answer is not a SQL virtual machine.");
      const { location, properties } = parsed.data;
      const versionMajor = versionOf(properties.sqlImageOffer);
      return {
        exists: true,
        ...(location === undefined ? {} : { location }),
        ...(properties.sqlManagement === undefined ? {} : { sqlManagement: properties.sqlManagement }),
        ...(versionMajor === undefined ? {} : { versionMajor }),
        ...(await powerOf(properties.virtualMachineResourceId)),
      };
    },
  };

  async function powerOf(virtualMachineResourceId: string | undefined): Promise<Partial<TargetVmFacts>> {
    const vm = parseResourceId(virtualMachineResourceId ?? "", "Microsoft.Compute/virtualMachines");
    if (virtualMachineResourceId === undefined || vm === undefined) return {};
    const answer = await sendArm(client, getInstanceView(vm));
    if (answer.kind !== "ok") return { virtualMachineResourceId, unreadable: `Power state: ${reasonOf(answer)}` };
    const codes = InstanceView.safeParse(answer.body).data?.statuses.map((status) => status.code ?? "") ?? [];
    const powerState = codes.find((code) => code.startsWith("PowerState/"))?.slice("PowerState/".length);
    return powerState === undefined ? { virtualMachineResourceId } : { virtualMachineResourceId, powerState };
  }
}

const unreadable = (reason: string): TargetVmFacts => ({ exists: "unreadable", unreadable: reason });

const reasonOf = (answer: Exclude<ArmAnswer, { kind: "ok" }>): string =>
  answer.kind === "silent" ? answer.message : `${answer.status} ${answer.code}: ${answer.message}`;

const valuesOf = (id: ResourceId) => ({
  subscriptionId: id.subscriptionId,
  resourceGroupName: id.resourceGroup,
  name: id.name,
});

const getSqlVm = (id: ResourceId): ArmRequest => ({
  method: "GET",
  path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/{name}",
  values: valuesOf(id),
  apiVersion: "2017-03-01-preview",
});

const getInstanceView = (id: ResourceId): ArmRequest => ({
  method: "GET",
  path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/virtualMachines/{name}/instanceView",
  values: valuesOf(id),
  apiVersion: "2024-07-01",
});

const MAJOR_OF_YEAR: Readonly<Record<string, number>> = {
  "2005": 9,
  "2008": 10,
  "2012": 11,
  "2014": 12,
  "2016": 13,
  "2017": 14,
  "2019": 15,
  "2022": 16,
  "2025": 17,
};

// Marketplace images only ("SQL2022-WS2022"); another offer says nothing about the version.
const versionOf = (sqlImageOffer: string | undefined): number | undefined =>
  MAJOR_OF_YEAR[/^SQL(\d{4})/i.exec(sqlImageOffer ?? "")?.[1] ?? ""];
