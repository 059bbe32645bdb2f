// POST /services/{name}/keys: the keys with which an integration runtime registers. They pass through this answer and nothing else.
import { readKeys } from "../../../shared/application/services/services.ts";
import { Anything, azureCommand } from "../command.ts";

export const listServiceKeys = azureCommand("ListServiceKeys", Anything, readKeys);
