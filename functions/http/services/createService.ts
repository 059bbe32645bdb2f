// PUT /services/{name}: creates a migration service beside the configured one. One that is there already stays as it is.
import { ServiceRequest } from "../../../shared/api/requests.ts";
import { createService as create } from "../../../shared/application/services/services.ts";
import { azureCommand } from "../command.ts";

export const createService = azureCommand("CreateService", ServiceRequest, create);
