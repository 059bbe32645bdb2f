// Makes the host.json that is deployed: that of this checkout, or with Durable Task Scheduler in place of Azure
// Storage.
import { readFileSync } from "node:fs";

interface Host {
  readonly extensions: {
    readonly durableTask: {
      hubName: string;
      defaultVersion: string;
      storageProvider: { type: string; connectionStringName?: string };
    };
  };
}

/**
 * Whoever scales the app reads the backend from host.json and does not look at app settings: it has to stand there.
 * azd hands on DURABLE_BACKEND, by which infra/main.bicep provisions. Throws on anything else.
 */
export function hostFor(backend: string): Host {
  const host: Host = JSON.parse(readFileSync(new URL("../host.json", import.meta.url), "utf8"));
  if (backend === "AzureStorage") return host;
  if (backend !== "DurableTaskScheduler")
    throw new Error(`DURABLE_BACKEND is "${backend}": expected AzureStorage or DurableTaskScheduler.`);
  host.extensions.durableTask.hubName = "sqlferry"; // as infra/modules/durableTaskScheduler.bicep names it
  host.extensions.durableTask.storageProvider = {
    type: "azureManaged",
    connectionStringName: "DURABLE_TASK_SCHEDULER_CONNECTION_STRING",
  };
  return host;
}
