// POST /services/{name}/keys: returns the keys with which an integration runtime registers. They are stored nowhere.
import { readKeys } from "../../../shared/application/services/services.ts";
import { Anything, azureCommand } from "../command.ts";

export const listServiceKeys = azureCommand("ListServiceKeys", Anything, readKeys);
