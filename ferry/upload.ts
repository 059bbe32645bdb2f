// How do backup files get into the container? As with any Azure Storage client: one blob each, nothing else is needed.
import type { ContainerClient, RestError } from "@azure/storage-blob";
import { toldApart } from "./destination.ts";
import type { LocalFile } from "./folder.ts";
import type { Progress } from "./progressBar.ts";

/** Says which version of the local file a blob is, so that an interrupted drop goes on where it was. */
const MODIFIED = "sourcemodified";
const BLOCKS_AT_ONCE = 4;

/** One after the other, to `<folder>/<name>`; what is there already in this version is not sent again. */
export async function uploadAll(
  container: ContainerClient,
  folder: string,
  files: readonly LocalFile[],
  progress: Progress,
): Promise<void> {
  for (const { path, name, sizeBytes, modifiedAt } of files) {
    const blob = container.getBlockBlobClient(`${folder}/${name}`);
    const modified = modifiedAt.toISOString();
    const standing = `${name} was not sent; the files before it are there. Repeat the command to go on from here`;
    const isThere = await toldApart(container, standing, async () => {
      const there = await blob.getProperties().catch((error: RestError) => {
        if (error.statusCode === 404) return undefined;
        throw error;
      });
      if (there?.contentLength === sizeBytes && there.metadata?.[MODIFIED] === modified) return true;
      await blob.uploadFile(path, {
        concurrency: BLOCKS_AT_ONCE,
        metadata: { [MODIFIED]: modified },
        onProgress: ({ loadedBytes }) => progress.during(name, loadedBytes),
      });
      return false;
    });
    progress.after(name, sizeBytes, isThere ? "there already" : "uploaded");
  }
}
