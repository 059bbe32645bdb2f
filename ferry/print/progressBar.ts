// Shows the progress of an upload: a bar on a terminal, anywhere else a plain line per file.
import { printable, sizeText } from "./print.ts";

export interface Progress {
  /** Bytes of the file that are uploaded by now. */
  during(name: string, bytes: number): void;
  after(name: string, sizeBytes: number, outcome: "uploaded" | "there already"): void;
}

const WIDTH = 30;

/** Over `totalBytes` of all files together. */
export function progressOn(stream: NodeJS.WriteStream, totalBytes: number): Progress {
  let doneBytes = 0;
  const bar = (name: string, bytes: number): string => {
    const share = totalBytes === 0 ? 1 : Math.min(1, (doneBytes + bytes) / totalBytes);
    const filled = Math.round(share * WIDTH);
    return `${"█".repeat(filled)}${"░".repeat(WIDTH - filled)} ${String(Math.floor(share * 100)).padStart(3)} %  ${printable(name)}`;
  };
  const overwrite = (text: string) => stream.write(`\r\u001b[K${text.slice(0, (stream.columns ?? 80) - 1)}`);
  return {
    during: (name, bytes) => {
      if (stream.isTTY) overwrite(bar(name, bytes));
    },
    after: (name, sizeBytes, outcome) => {
      doneBytes += sizeBytes;
      const line = `${outcome.padEnd(13)}  ${sizeText(sizeBytes).padStart(8)}  ${printable(name)}\n`;
      if (stream.isTTY) overwrite("");
      stream.write(line);
      if (stream.isTTY && doneBytes < totalBytes) overwrite(bar("", 0));
    },
  };
}
