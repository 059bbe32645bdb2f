// POST /services/{name}/keys/regenerate: makes a key worthless that was given away. Runtimes that have registered go on working.
import { RegenerateBody } from "../../../shared/api/bodies.ts";
import { regenerateKey } from "../../../shared/application/services/services.ts";
import { azureCommand } from "../command.ts";

export const regenerateServiceKey = azureCommand("RegenerateServiceKey", RegenerateBody, regenerateKey);
