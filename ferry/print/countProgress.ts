// Shows how many of many are done: one line that is overwritten on a terminal, a line for each tenth anywhere else.
import { printable } from "./print.ts";

export interface CountProgress {
  at(done: number, total: number, name: string): void;
  end(): void;
}

export function countOn(stream: NodeJS.WriteStream): CountProgress {
  let tenth = 0;
  return {
    at: (done, total, name) => {
      const line = `${done} of ${total} databases  ${printable(name)}`;
      if (stream.isTTY) stream.write(`\r\u001b[K${line.slice(0, (stream.columns ?? 80) - 1)}`);
      else if (Math.floor((done * 10) / total) > tenth) {
        tenth = Math.floor((done * 10) / total);
        stream.write(`${done} of ${total} databases\n`);
      }
    },
    end: () => {
      if (stream.isTTY) stream.write("\r\u001b[K");
    },
  };
}
