// Implements the BackupAccount port: what the control plane tells of the storage account that holds the backups.
import { z } from "zod";
import type { BackupAccount } from "../../ports.ts";
import { invalidId, sightingOf } from "../dms/answers.ts";
import { accountKey, STORAGE_API_VERSION } from "./accountKey.ts";
import { type ArmAccess, armSender } from "./armRequests.ts";
import { parseResourceId } from "./resourceId.ts";

const text = z.string().optional().catch(undefined);
const StorageAccount = z.looseObject({
  location: text,
  properties: z.looseObject({
    publicNetworkAccess: text,
    allowSharedKeyAccess: z.boolean().optional().catch(undefined),
    networkAcls: z
      .looseObject({
        defaultAction: text,
        virtualNetworkRules: z
          .array(z.looseObject({ id: z.string() }))
          .optional()
          .catch(undefined),
      })
      .optional()
      .catch(undefined),
    privateEndpointConnections: z.array(z.unknown()).optional().catch(undefined),
  }),
});

/** StorageAccounts_GetProperties and StorageAccounts_ListKeys. */
export function createArmBackupAccount(
  options: ArmAccess & { readonly storageAccountResourceId: string },
): BackupAccount {
  const send = armSender(options);
  const { storageAccountResourceId } = options;
  return {
    async observe() {
      const account = parseResourceId(storageAccountResourceId, "Microsoft.Storage/storageAccounts");
      if (account === undefined)
        return {
          kind: "unreadable",
          failure: invalidId(storageAccountResourceId, "Microsoft.Storage/storageAccounts"),
        };
      const answer = await send({
        operation: "StorageAccounts_GetProperties",
        values: {
          subscriptionId: account.subscriptionId,
          resourceGroupName: account.resourceGroup,
          accountName: account.name,
        },
        apiVersion: STORAGE_API_VERSION,
      });
      return sightingOf(answer, (body) => {
        const parsed = StorageAccount.safeParse(body);
        if (!parsed.success) return undefined;
        const { location, properties } = parsed.data;
        const { networkAcls, publicNetworkAccess, allowSharedKeyAccess, privateEndpointConnections } = properties;
        return {
          ...(location !== undefined && { location }),
          ...(networkAcls?.defaultAction !== undefined && { defaultAction: networkAcls.defaultAction }),
          ...(publicNetworkAccess !== undefined && { publicNetworkAccess }),
          ...(allowSharedKeyAccess !== undefined && { allowSharedKeyAccess }),
          allowedSubnetIds: networkAcls?.virtualNetworkRules?.map(({ id }) => id) ?? [],
          privateEndpoints: privateEndpointConnections?.length ?? 0,
        };
      });
    },

    async mayReadKey() {
      const key = await accountKey(storageAccountResourceId, send);
      return "failure" in key ? { kind: "unreadable", failure: key.failure } : { kind: "seen", facts: true };
    },
  };
}
