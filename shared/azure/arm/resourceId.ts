// Parses an Azure resource id.

export interface ResourceId {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

export type ResourceType =
  | "Microsoft.SqlVirtualMachine/sqlVirtualMachines"
  | "Microsoft.Compute/virtualMachines"
  | "Microsoft.Network/networkInterfaces"
  | "Microsoft.DataMigration/sqlMigrationServices"
  | "Microsoft.Storage/storageAccounts";

const SHAPE = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+\/[^/]+)\/([^/]+)\/?$/i;

/**
 * The parts of a top-level resource's id; undefined when the text is not the id of a resource of this type. Case does
 * not matter.
 */
export function parseResourceId(text: string, type: ResourceType): ResourceId | undefined {
  const [, subscriptionId, resourceGroup, found, name] = SHAPE.exec(text.trim()) ?? [];
  if (subscriptionId === undefined || resourceGroup === undefined || name === undefined) return undefined;
  return found?.toLowerCase() === type.toLowerCase() ? { subscriptionId, resourceGroup, name } : undefined;
}

/** For people: what was expected instead. */
export const notAnId = (text: string, type: ResourceType): string =>
  `"${text.slice(0, 300)}" is not the resource id of a ${type}: expected /subscriptions/…/resourceGroups/…/providers/${type}/….`;
