// Does every result come back to the task that asked for it, whatever the orchestration is made of?
import assert from "node:assert/strict";
import { after, it } from "node:test";
import { openDatabase } from "../../local/host/database.ts";
import { startHost } from "../../local/host/start.ts";
import { orchestrationClient } from "./support/orchestrations.ts";
import { appDir, removeDir, temporaryDir } from "./support/processes.ts";

const dir = temporaryDir();
after(() => removeDir(dir));

it("sixty random orchestrations get each result at the task that asked, and leave no message over", async () => {
  const host = await startHost({
    port: 0,
    dataDir: dir,
    appDir: appDir("random"),
    systemKey: "key",
    strict: false,
    log: () => undefined,
  });
  const client = orchestrationClient(host.port);
  const ids = Array.from({ length: 60 }, (_, n) => `dice-${n}`);
  await Promise.all(ids.map((id, n) => client.start("Dice", id, { seed: n * 7 + 1 })));
  for (const id of ids) {
    const end = await client.end(id, 40);
    const { got, wanted } = end.output as { got: unknown; wanted: unknown };
    assert.deepEqual(got, wanted, id);
  }
  await host.stop();
  const db = openDatabase(dir);
  const left = ["inbox", "work"].map(
    (table) => db.get<{ rows: number }>(`SELECT count(*) AS rows FROM ${table}`)?.rows,
  );
  db.close();
  assert.deepEqual(left, [0, 0]);
});
