// Makes the app's services over a storage account, with stand-ins for Azure and Event Grid.
import { parseConfig } from "../../shared/config.ts";
import type { Services } from "../../shared/ports.ts";
import { createServices } from "../../shared/services.ts";
import { SETTINGS_OF_A_TEST, type World } from "./world.ts";

export function servicesOver(connectionString: string, { services }: World): Services {
  const config = parseConfig({ ...SETTINGS_OF_A_TEST, Backups: connectionString, State: connectionString });
  const { engine, vm, migrationServices, backupAccount, publisher } = services;
  return { ...createServices(config), engine, vm, migrationServices, backupAccount, publisher };
}
