// Starts the app in Azure: registers the functions of index.ts over the services that the app settings describe. Tests
// register them over services of their own.
import { ANSWER_PATIENCE_MS } from "../shared/azure/clients.ts";
import { parseConfig } from "../shared/config.ts";
import { createServices } from "../shared/services.ts";
import { register } from "./index.ts";

const config = parseConfig();
if (config.auth === "none") console.warn("AUTH is none: whoever reaches this app may do everything.");
for (const name of config.unresolved)
  console.warn(
    `${name} counts as absent: its Key Vault reference is not resolved. GET /api/v1/diagnosis says so, too.`,
  );
register(createServices(config), createServices(config, ANSWER_PATIENCE_MS));
