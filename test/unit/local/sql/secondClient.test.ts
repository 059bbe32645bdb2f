// Tests the stand-in of SQL Server with a client that is not ours: FreeTDS's tsql, where it is installed (freetds-bin).
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { enterprise2016 } from "../../../../local/sql/instances.ts";
import { startSourceServer } from "../../../../local/sql/server.ts";
import type { TdsServer } from "../../../../local/sql/tdsServer.ts";
import { ENCRYPTION } from "../../../../shared/sqlserver/queries/databases.ts";
import { statementOf } from "../../../../shared/sqlserver/query.ts";
import { NOW, PASSWORD } from "./source.ts";

const skip = spawnSync("tsql", ["-C"]).status === 0 ? false : "no tsql: freetds-bin is not installed";

describe("tsql", { skip }, () => {
  let server: TdsServer;
  before(async () => {
    server = await startSourceServer(enterprise2016(NOW));
  });
  after(() => server.stop());

  /** What it prints when it is given these batches. */
  async function tsql(user: string, password: string, ...batches: string[]): Promise<string> {
    const child = spawn("tsql", ["-H", "127.0.0.1", "-p", `${server.port}`, "-U", user, "-P", password], {
      env: { ...process.env, TDSVER: "7.4" },
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
    child.stdin.end(`${batches.map((batch) => `${batch}\ngo\n`).join("")}exit\n`);
    await once(child, "close");
    return text;
  }

  it("signs in through TLS, and reads rows, numbers and nulls", async () => {
    const text = await tsql(
      "ferry_reader",
      PASSWORD,
      "SELECT @@VERSION",
      "SELECT name FROM sys.databases",
      statementOf(ENCRYPTION, 13),
    );
    assert.match(text, /Microsoft SQL Server \(stand-in\) - 13\.0\.6300\.2/);
    assert.match(text, /Sales\nStock\nDocuments\n/);
    assert.match(text, /5\t3\t0\t[0-9A-F]{40}\tTdeCertificate\tNULL/);
  });

  it("is refused with a wrong password, with what is not scripted, and with what the login may not see", async () => {
    assert.match(await tsql("ferry_reader", "wrong", "SELECT 1"), /Msg 18456/);
    assert.match(
      await tsql("ferry_reader", PASSWORD, "DROP DATABASE Sales"),
      /Msg 50000[\s\S]*no script for this statement: DROP DATABASE Sales/,
    );
    assert.match(
      await tsql("ferry_blind", PASSWORD, statementOf(ENCRYPTION, 13)),
      /Msg 300[\s\S]*VIEW SERVER STATE permission was denied/,
    );
    assert.match(await tsql("ferry_blind", PASSWORD, "USE [Sales]"), /Msg 916/);
  });
});
