// POST /services/{name}/keys/regenerate: replaces a key, which invalidates the old one. Runtimes that have registered
// go on working.
import { RegenerateBody } from "../../../shared/api/bodies.ts";
import { regenerateKey } from "../../../shared/application/services/services.ts";
import { azureCommand } from "../command.ts";

export const regenerateServiceKey = azureCommand("RegenerateServiceKey", RegenerateBody, regenerateKey);
