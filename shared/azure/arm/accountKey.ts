// Reads the key with which DMS opens the storage account that holds the backups.
import type { EngineFailure } from "../../migration/observed.ts";
import { invalidId } from "../dms/answers.ts";
import { explain } from "../dms/errors.ts";
import { failureOf } from "../dms/failures.ts";
import { StorageAccountKeys } from "../dms/models.ts";
import type { SendArm } from "./armRequests.ts";
import { parseResourceId } from "./resourceId.ts";

export const STORAGE_API_VERSION = "2023-05-01";

/** StorageAccounts_ListKeys: the first key, for as long as the caller needs it. */
export async function accountKey(
  storageAccountResourceId: string,
  send: SendArm,
): Promise<{ readonly accountKey: string } | { readonly failure: EngineFailure }> {
  const account = parseResourceId(storageAccountResourceId, "Microsoft.Storage/storageAccounts");
  if (account === undefined)
    return { failure: invalidId(storageAccountResourceId, "Microsoft.Storage/storageAccounts") };
  const answer = await send({
    operation: "StorageAccounts_ListKeys",
    values: {
      subscriptionId: account.subscriptionId,
      resourceGroupName: account.resourceGroup,
      accountName: account.name,
    },
    apiVersion: STORAGE_API_VERSION,
  });
  if (answer.kind !== "ok") return { failure: failureOf(answer) };
  const key = StorageAccountKeys.safeParse(answer.body).data?.keys[0]?.value;
  return key === undefined
    ? { failure: explain({ code: "NoAccountKey", message: "The storage account has no keys." }) }
    : { accountKey: key };
}
