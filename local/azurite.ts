// Starts Azurite as a child process on loopback, for blobs, queues and tables on one machine.
import { fileURLToPath } from "node:url";
import { answers, startChild } from "./childProcess.ts";

export interface Azurite {
  readonly pid: number | undefined;
  readonly connectionString: string;
  readonly blobEndpoint: string;
  stop(): Promise<void>;
}

export interface StoragePorts {
  readonly blobPort: number;
  readonly queuePort: number;
  readonly tablePort: number;
}

export interface AzuriteOptions extends StoragePorts {
  /** Folder that keeps the data; absent: memory alone. */
  readonly location?: string;
  readonly logFile: string;
  /** Told of each request that it has answered. Absent: it keeps no account of them, which is quicker. */
  readonly onAnswered?: (request: AnsweredRequest) => void;
}

export interface AnsweredRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly url: string;
  readonly status: number;
}

/** The development account that every Azure Storage client knows; its key is published and protects nothing. */
export const ACCOUNT_NAME = "devstoreaccount1";
export const ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const SCRIPT = fileURLToPath(new URL("../node_modules/azurite/dist/src/azurite.js", import.meta.url));

const endpoint = (port: number): string => `http://127.0.0.1:${port}/${ACCOUNT_NAME}`;

/** For whoever speaks to Azurite, or to what stands before it. */
export const connectionStringOf = ({ blobPort, queuePort, tablePort }: StoragePorts): string =>
  `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT_NAME};AccountKey=${ACCOUNT_KEY};` +
  `BlobEndpoint=${endpoint(blobPort)};QueueEndpoint=${endpoint(queuePort)};TableEndpoint=${endpoint(tablePort)};`;

/** Ready when all three services answer. Throws with the end of its log when it does not come up. */
export async function startAzurite({
  blobPort,
  queuePort,
  tablePort,
  location,
  logFile,
  onAnswered,
}: AzuriteOptions): Promise<Azurite> {
  const [blob, queue, table] = [endpoint(blobPort), endpoint(queuePort), endpoint(tablePort)];
  const child = await startChild({
    name: "Azurite",
    args: [
      SCRIPT,
      ...(onAnswered ? [] : ["--silent"]), // else there is a line for each request
      "--skipApiVersionCheck",
      "--disableTelemetry",
      ...["--blobPort", `${blobPort}`, "--queuePort", `${queuePort}`, "--tablePort", `${tablePort}`],
      ...(location === undefined ? ["--inMemoryPersistence"] : ["--location", location]),
    ],
    logFile,
    ...(onAnswered && {
      takesLine: (line: string) => {
        const request = requestIn(line);
        if (request) onAnswered(request);
        return request !== undefined;
      },
    }),
    isReady: async () => (await Promise.all([blob, queue, table].map(answers))).every(Boolean),
  });
  return {
    pid: child.pid,
    connectionString: connectionStringOf({ blobPort, queuePort, tablePort }),
    blobEndpoint: blob,
    stop: () => child.stop(),
  };
}

/** In a line of the access log, which has the Common Log Format: the request stands in quotes, the status behind it. */
function requestIn(line: string): AnsweredRequest | undefined {
  const [, method, url, status] = /"([A-Z]+) (\S+) HTTP\/[\d.]+" (\d{3}) /.exec(line) ?? [];
  return method && url ? { method, url, status: Number(status) } : undefined;
}
