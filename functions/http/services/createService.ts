// PUT /services/{name}: creates a migration service beside the configured one. One that exists stays as it is.
import { ServiceBody } from "../../../shared/api/bodies.ts";
import { createService as create } from "../../../shared/application/services/services.ts";
import { azureCommand } from "../command.ts";

export const createService = azureCommand("CreateService", ServiceBody, create);
