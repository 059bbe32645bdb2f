// DELETE /services/{name}/nodes/{node}: removes a host of the integration runtime.
import { deleteNode } from "../../../shared/application/services/services.ts";
import { Anything, azureCommand } from "../command.ts";

export const deleteServiceNode = azureCommand("DeleteServiceNode", Anything, deleteNode);
