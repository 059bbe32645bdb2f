// Starts an Azurite for a test suite, on free ports, in memory unless a folder is named.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Azurite, startAzurite as startOn } from "../../local/azurite.ts";
import { freePorts } from "../../local/ports.ts";

/** stop() ends the process and removes its log. The folder `location` stays. */
export async function startAzurite({ location }: { readonly location?: string } = {}): Promise<Azurite> {
  const logs = mkdtempSync(join(tmpdir(), "sqlferry-azurite-"));
  const [blobPort = 0, queuePort = 0, tablePort = 0] = await freePorts(3);
  const kept = location === undefined ? {} : { location };
  const azurite = await startOn({ blobPort, queuePort, tablePort, logFile: join(logs, "azurite.log"), ...kept });
  return {
    ...azurite,
    async stop() {
      await azurite.stop();
      rmSync(logs, { recursive: true, force: true });
    },
  };
}
