// Measures what a listing page costs the sweep: sixteen folders at once, pages of 2,000 logs, from a server of its own.
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createBlobBackupFiles } from "../../shared/azure/blobs/blobBackupFiles.ts";
import { blobContainer } from "../../shared/azure/clients.ts";
import type { BackupFile } from "../../shared/migration/observed.ts";
import { listingOf } from "../../shared/migration/sweep/folderMark.ts";

const FOLDERS = 320;
const AT_ONCE = 16;
const FILES = 2_000;

export async function benchSweep(): Promise<void> {
  const server = fork(import.meta.filename, { env: { ...process.env, LISTS: "1" } });
  try {
    const [port] = (await once(server, "message")) as [number];
    const connectionString = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:${port}/a;`;
    const files = createBlobBackupFiles(blobContainer({ kind: "connectionString", connectionString }, "backups"));
    let next = 0;
    let most = 0;
    const begun = process.cpuUsage();
    const sweepInTurn = async (): Promise<void> => {
      while (next++ < FOLDERS) {
        const found: BackupFile[] = [];
        for await (const file of files.list("Sales/")) found.push(file);
        if (found.length !== FILES) throw new Error(`${found.length} files were listed.`);
        listingOf(found);
        most = Math.max(most, process.memoryUsage().rss);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sweepInTurn));
    const { user, system } = process.cpuUsage(begun);
    console.log(`\nA sweep's listings: ${FOLDERS} pages of ${FILES} blobs, ${AT_ONCE} at once`);
    console.log(`  ${((user + system) / 1_000 / FOLDERS).toFixed(1)} ms of CPU a page`);
    console.log(`  ${(most / 1_048_576).toFixed(0)} MiB of memory at most, of the whole process`);
  } finally {
    server.kill();
  }
}

/** Answers every request with the same page, as List Blobs prints it. */
function listAlways(): void {
  const blob = (n: number) =>
    `<Blob><Name>Sales/Sales_LOG_20251124_${String(n).padStart(6, "0")}.trn</Name><Properties>` +
    "<Creation-Time>Mon, 24 Nov 2025 20:46:00 GMT</Creation-Time><Last-Modified>Mon, 24 Nov 2025 20:46:00 GMT</Last-Modified>" +
    "<Etag>0x8DD0D4E8A1B2C3D</Etag><Content-Length>1048576</Content-Length><Content-Type>application/octet-stream</Content-Type>" +
    "<Content-Encoding /><Content-Language /><Content-CRC64 /><Content-MD5>AAAAAAAAAAAAAAAAAAAAAA==</Content-MD5><Cache-Control />" +
    "<Content-Disposition /><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred>" +
    "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties><OrMetadata /></Blob>";
  const page =
    '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="http://127.0.0.1/a/" ContainerName="backups"><Prefix>Sales/</Prefix>' +
    `<MaxResults>${FILES}</MaxResults><Blobs>${Array.from({ length: FILES }, (_, n) => blob(n)).join("")}</Blobs><NextMarker /></EnumerationResults>`;
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/xml" }).end(page);
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    process.send?.(typeof address === "object" ? address?.port : undefined);
  });
}

if (process.env["LISTS"] === "1") listAlways();
