// Uploads backup files into the container as any Azure Storage client would: one blob each, nothing else is needed.
import type { ContainerClient, RestError } from "@azure/storage-blob";
import { EXIT, FerryError } from "../exit.ts";
import type { Progress } from "../print/progressBar.ts";
import { toldApart } from "./destination.ts";
import { type Compared, MODIFIED } from "./filesThere.ts";

const BLOCKS_AT_ONCE = 4;

/**
 * One after the other, to `<folder>/<name>`; what is there already is not sent again, and what is something else is
 * replaced. Each file is bound to what was seen in its place: nobody's upload of the same moment is overwritten.
 */
export async function uploadAll(
  container: ContainerClient,
  folder: string,
  compared: readonly Compared[],
  progress: Progress,
): Promise<void> {
  for (const { file, there, etag } of compared) {
    const { path, name, sizeBytes, modifiedAt } = file;
    if (there !== "the same") {
      const standing = `${name} was not sent; the files before it are there. Repeat the command to go on from here`;
      const send = () =>
        container
          .getBlockBlobClient(`${folder}/${name}`)
          .uploadFile(path, {
            concurrency: BLOCKS_AT_ONCE,
            metadata: { [MODIFIED]: modifiedAt.toISOString() },
            conditions: etag === undefined ? { ifNoneMatch: "*" } : { ifMatch: etag },
            onProgress: ({ loadedBytes }) => progress.during(name, loadedBytes),
          })
          .catch((error: RestError) => {
            if (error.statusCode !== 409 && error.statusCode !== 412) throw error;
            throw new FerryError(EXIT.refused, `Somebody else wrote ${folder}/${name} meanwhile. ${standing}.`);
          });
      await toldApart(container, standing, send);
    }
    progress.after(name, sizeBytes, there === "the same" ? "there already" : "uploaded");
  }
}
