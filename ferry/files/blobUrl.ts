// Reads ranges of a blob by its URL alone, signed or public: Get Blob Properties and Get Blob, pinned to one version.
import { BackupChangedError, type ByteSource } from "../../shared/backup/byteSource.ts";
import { EXIT, FerryError } from "../exit.ts";

export const isUrl = (operand: string): boolean => /^https?:\/\//i.test(operand);

/** Without the signature, which is a secret: for every message and answer. */
export const withoutSignature = (url: string): string => url.replace(/[?#].*$/s, "");

/** The blob as it is now. A FerryError when it is not there, or may not be read. */
export async function openBlobUrl(url: string): Promise<ByteSource> {
  const properties = await ask(url, { method: "HEAD" });
  const [size, etag] = [properties.headers.get("content-length"), properties.headers.get("etag")];
  if (size === null || etag === null)
    throw new FerryError(EXIT.failed, `${withoutSignature(url)} tells neither its size nor its version (ETag).`);
  return { size: Number(size), read: (offset, length) => readRange(url, etag, offset, length) };
}

async function readRange(url: string, etag: string, offset: number, length: number): Promise<Uint8Array> {
  const headers = { range: `bytes=${offset}-${offset + length - 1}`, "if-match": etag };
  const answer = await ask(url, { headers });
  if (answer.status !== 206)
    throw new FerryError(EXIT.failed, `${withoutSignature(url)} is not served by ranges (status ${answer.status}).`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function ask(url: string, request: RequestInit): Promise<Response> {
  const name = withoutSignature(url);
  let answer: Response;
  try {
    answer = await fetch(url, request);
  } catch (error) {
    const cause = (error as Error).cause;
    throw new FerryError(EXIT.failed, `${name} cannot be reached: ${cause instanceof Error ? cause.message : error}`);
  }
  if (answer.status === 412) throw new BackupChangedError(`${name} was replaced while it was read.`);
  if (answer.status === 404) throw new FerryError(EXIT.notFound, `There is no blob ${name}.`);
  if (!answer.ok)
    throw new FerryError(
      EXIT.failed,
      `${name} may not be read: ${answer.status} ${answer.headers.get("x-ms-error-code") ?? answer.statusText}. A private blob needs a URL with a signature (SAS) that allows reading.`,
    );
  return answer;
}
