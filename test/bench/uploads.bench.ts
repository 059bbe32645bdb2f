// Measures the time from an upload to its verdict on the whole local stack: event, header, row, assessment, API.
import { sourceDatabase } from "../../local/backups/history.ts";
import { startStack } from "../../local/stack.ts";
import { clientOf } from "../e2e/support/client.ts";

const UPLOADS = 30;

export async function benchUploads(): Promise<void> {
  const stack = await startStack();
  try {
    const client = clientOf(stack);
    const id = await client.register("Bench", { mode: "offline" });
    const source = sourceDatabase({ name: "Bench", startedAt: "2025-11-24T21:00:00" });
    const milliseconds: number[] = [];
    for (let upload = 0; upload < UPLOADS; upload++) {
      const file = upload === 0 ? source.full() : source.log();
      await client.upload("Bench", [file]);
      const uploaded = performance.now();
      await client.file(id, `Bench/${file.fileName}`, ({ verdict }) => verdict === "selected");
      milliseconds.push(performance.now() - uploaded);
    }
    milliseconds.sort((a, b) => a - b);
    const at = (share: number): string => `${Math.round(milliseconds[Math.floor(share * (UPLOADS - 1))] ?? 0)} ms`;
    console.log(
      "\nUpload to verdict (whole local stack; events are found by listing, the API is asked five times a second)",
    );
    console.log(
      `  ${UPLOADS} uploads one after another: median ${at(0.5)}, 95th percentile ${at(0.95)}, slowest ${at(1)}`,
    );
  } finally {
    await stack.stop();
  }
}
