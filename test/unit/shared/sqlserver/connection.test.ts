// Tests that a connection to a source is opened correctly, and that each failure says what was found and what to do.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { startTdsServer, type TdsOptions, type TdsServer } from "../../../../local/sql/tdsServer.ts";
import { type ConnectOptions, connect, type SourceConnection } from "../../../../shared/sqlserver/connection.ts";
import { SourceFailure, StatementRefused, unsuitable } from "../../../../shared/sqlserver/sourceFailure.ts";

const BROWSER_PORT = 1434;
const PASSWORD = "not-to-be-told";

const product = (version: string, engineEdition: number) => ({
  sets: [
    { columns: ["product_version", "edition", "engine_edition"], rows: [[version, "Standard Edition", engineEdition]] },
  ],
});

/** A server with one login, its version, and the results of each batch. */
const options = (
  batches: Readonly<Record<string, ReturnType<TdsOptions["answer"]>>> = {},
  more: Partial<TdsOptions> = {},
): TdsOptions => ({
  serverName: "SRC01",
  major: 13,
  signIn: (who) =>
    (
      "token" in who
        ? who.token === "a token"
        : "account" in who
          ? who.account === "CONTOSO\\dba" && who.proves(PASSWORD)
          : who.user === "ferry_reader" && who.password === PASSWORD
    )
      ? undefined
      : { number: 18456, message: `Login failed.` },
  answer: (batch) => batches[batch] ?? (batch.includes("SERVERPROPERTY") ? product("13.0.6300.2", 2) : { sets: [] }),
  ...more,
});

const to = (port: number, more: Partial<ConnectOptions> = {}): Promise<SourceConnection> =>
  connect({
    server: "SRC01",
    address: { host: "localhost", port },
    signIn: { kind: "sql", user: "ferry_reader", password: PASSWORD },
    trustCertificate: true,
    allowOldTls: false,
    connectSeconds: 10,
    ...more,
  });

async function failureTo(port: number, more: Partial<ConnectOptions> = {}): Promise<SourceFailure> {
  const failure = await to(port, more).then(
    () => assert.fail("it connected"),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof SourceFailure, String(failure));
  assert.ok(!JSON.stringify([failure.message, String(failure.cause)]).includes(PASSWORD));
  return failure;
}

describe("a connection to a source", () => {
  const asked: string[] = [];
  let server: TdsServer;
  before(async () => {
    const many = Array.from({ length: 3000 }, (_, at) => [
      at,
      BigInt(at) * 10_000_000_000n,
      `Ünïcødé ${at}`,
      at % 2 === 0,
    ]);
    const given = options({
      "SELECT many;": {
        sets: [
          { columns: ["a", "b", "c", "d"], rows: many },
          { columns: ["none"], rows: [] },
        ],
      },
      "SELECT x FROM sys.nothing;": { error: { number: 208, message: "Invalid object name 'sys.nothing'." } },
      "SELECT slowly;": "hanging",
      "SELECT gone;": "gone",
    });
    server = await startTdsServer({
      ...given,
      answer: (batch, session) => {
        asked.push(`${session.program} ${session.isReadOnly} ${batch}`);
        return given.answer(batch, session);
      },
    });
  });
  after(() => server.stop());

  it("says who it is and that it only reads, knows the product, and gives way to others", async () => {
    asked.length = 0;
    const connection = await to(server.port);
    connection.close();
    assert.deepEqual([connection.product.major, connection.product.productVersion], [13, "13.0.6300.2"]);
    assert.equal(asked.length, 3);
    for (const one of asked) assert.match(one, /^sqlferry true (set|SET|\/\* sqlferry: product)/);
    assert.match(asked[2] ?? "", /LOCK_TIMEOUT 5000; SET DEADLOCK_PRIORITY LOW/);
  });

  it("reads several result sets of many packets", async () => {
    const connection = await to(server.port);
    const [first, second] = await connection.query("SELECT many;");
    connection.close();
    assert.deepEqual([first?.length, second], [3000, []]);
    assert.deepEqual(first?.[2999], { a: 2999, b: "29990000000000", c: "Ünïcødé 2999", d: false });
  });

  it("goes on after a statement that was refused, or took too long", async () => {
    const connection = await to(server.port, { requestSeconds: 3 });
    await assert.rejects(connection.query("SELECT x FROM sys.nothing;"), (error) => {
      assert.ok(error instanceof StatementRefused);
      return error.numbers[0] === 208 && error.message === "Invalid object name 'sys.nothing'.";
    });
    await assert.rejects(
      connection.query("SELECT slowly;"),
      (error) => error instanceof StatementRefused && error.isTimeout,
    );
    assert.deepEqual(await connection.query("SELECT nothing;"), []);
    connection.close();
  });

  it("sends nothing that does not only read", async () => {
    const connection = await to(server.port);
    const before = asked.length;
    await assert.rejects(connection.query("DROP DATABASE Sales;"), /was not sent, because DROP/);
    connection.close();
    assert.equal(asked.length, before);
  });

  it("that is lost says so, and so does whatever is asked after it", async () => {
    const connection = await to(server.port);
    for (const batch of ["SELECT gone;", "SELECT nothing;"])
      await assert.rejects(connection.query(batch), (error) => {
        assert.ok(error instanceof SourceFailure);
        return error.code === "connectionLost" && /The connection to SRC01 was lost/.test(error.message);
      });
  });

  it("takes an identity of Entra ID, for the resource that SQL Server names", async () => {
    const scopes: unknown[] = [];
    const getToken = async (scope: unknown) => {
      scopes.push(scope);
      return { token: "a token", expiresOnTimestamp: Date.now() + 3_600_000 };
    };
    (await to(server.port, { signIn: { kind: "entra", credential: { getToken } } })).close();
    assert.deepEqual(scopes, ["https://database.windows.net/.default"]);
    const nobody = { getToken: () => Promise.reject(new Error("nobody is signed in")) };
    const failure = await failureTo(server.port, { signIn: { kind: "entra", credential: nobody } });
    assert.deepEqual([failure.code, /az login/.test(failure.message)], ["noIdentity", true]);
  });

  it("takes an account of Windows by NTLM, and refuses it with a wrong password", async () => {
    const account = { kind: "ntlm", domain: "CONTOSO", user: "dba" } as const;
    (await to(server.port, { signIn: { ...account, password: PASSWORD } })).close();
    const failure = await failureTo(server.port, { signIn: { ...account, password: "wrong" } });
    assert.equal(failure.code, "signInRefused");
  });

  it("with a wrong password is refused by name and number", async () => {
    const failure = await failureTo(server.port, { signIn: { kind: "sql", user: "ferry_reader", password: "wrong" } });
    assert.equal(failure.code, "signInRefused");
    assert.match(failure.message, /SRC01 refuses "ferry_reader" \(18456\)\. Look at user and password/);
  });

  it("takes no certificate that nobody vouches for, unless it is told to", async () => {
    const failure = await failureTo(server.port, { trustCertificate: false });
    assert.equal(failure.code, "untrustedCertificate");
    assert.match(failure.message, /DEPTH_ZERO_SELF_SIGNED_CERT.*--trust-certificate/);
  });
});

const failing: readonly (readonly [what: string, server: Partial<TdsOptions>, code: string, says: RegExp])[] = [
  [
    "an expired password",
    { signIn: () => ({ number: 18488, message: "Must be changed." }) },
    "passwordExpired",
    /18488.*sqlferry changes nothing/,
  ],
  ["a server without encryption", { encryption: "none" }, "noEncryption", /no password in the clear/],
  [
    "Azure SQL Managed Instance",
    { answer: () => product("12.0.2000.8", 8) },
    "azureSql",
    /is Azure SQL Managed Instance, which gives no native backups/,
  ],
  [
    "SQL Server 2005",
    { answer: () => product("9.0.5000", 3) },
    "tooOld",
    /is SQL Server 2005 \(9\.0\.5000\).*from SQL Server 2008 on/,
  ],
];

for (const [what, server, code, says] of failing)
  it(`${what} is told`, async () => {
    const answer = server.answer;
    const standIn = await startTdsServer(
      options(
        {},
        {
          ...server,
          ...(answer && { answer: (batch, session) => (/^set /.test(batch) ? { sets: [] } : answer(batch, session)) }),
        },
      ),
    );
    try {
      const failure = await failureTo(standIn.port);
      assert.equal(failure.code, code);
      assert.match(failure.message, says);
    } finally {
      await standIn.stop();
    }
  });

it("TLS 1.0 is spoken only with --allow-old-tls", async () => {
  const server = await startTdsServer(options({}, { tls: { minVersion: "TLSv1", maxVersion: "TLSv1" } }));
  try {
    const failure = await failureTo(server.port);
    assert.equal(failure.code, "oldTls");
    assert.match(failure.message, /SRC01 does not speak TLS 1\.2 \(unsupported protocol\).*--allow-old-tls/);
    (await to(server.port, { allowOldTls: true })).close();
  } finally {
    await server.stop();
  }
});

it("nobody listening, no such host, and somebody who is no SQL Server are told apart", async () => {
  const web = createServer((socket) =>
    socket
      .on("error", () => {})
      .resume()
      .end("HTTP/1.1 400 Bad Request\r\n\r\n"),
  );
  const port = await new Promise<number>((resolve) =>
    web.listen(0, "127.0.0.1", () => resolve((web.address() as { port: number }).port)),
  );
  const other = await failureTo(port);
  await new Promise((resolve) => web.close(resolve));
  const nobody = await failureTo(port);
  const nowhere = await failureTo(1433, { address: { host: "nowhere.invalid", port: 1433 } });
  assert.deepEqual(
    [other, nobody, nowhere].map(({ code }) => code),
    ["notSqlServer", "unreachable", "unreachable"],
  );
  assert.match(nobody.message, /Nothing listens at SRC01/);
  assert.match(nowhere.message, /No host has the name/);
});

it("a SQL Server Browser that keeps silent is named, with the way around it", async (context) => {
  const browser = createSocket("udp4");
  const isMine = await new Promise<boolean>((resolve) => {
    browser.once("error", () => resolve(false));
    browser.bind(BROWSER_PORT, "127.0.0.1", () => resolve(true));
  });
  if (!isMine) return context.skip("somebody else has SQL Server Browser's port");
  const failure = await failureTo(0, { address: { host: "127.0.0.1", instance: "PROD" }, connectSeconds: 1 });
  browser.close();
  assert.equal(failure.code, "instanceNotFound");
  assert.match(failure.message, /SQL Server Browser does not tell the port of SRC01 .*UDP 1434.*HOST,PORT/);
});

it("SQL Server Browser tells the port of an instance, and one that it does not know is told", async (context) => {
  const server = await startTdsServer(options());
  const browser = createSocket("udp4");
  try {
    browser.on("message", (_, from) => {
      const instances = `ServerName;SRC01;InstanceName;PROD;IsClustered;No;Version;13.0.6300.2;tcp;${server.port};;`;
      const head = Buffer.from([5, instances.length & 0xff, instances.length >> 8]);
      browser.send(Buffer.concat([head, Buffer.from(instances)]), from.port, from.address);
    });
    const isMine = await new Promise<boolean>((resolve) => {
      browser.once("error", () => resolve(false));
      browser.bind(BROWSER_PORT, "127.0.0.1", () => resolve(true));
    });
    if (!isMine) return context.skip("somebody else has SQL Server Browser's port");
    (await to(0, { address: { host: "127.0.0.1", instance: "prod" } })).close();
    const failure = await failureTo(0, { address: { host: "127.0.0.1", instance: "OTHER" } });
    assert.equal(failure.code, "instanceNotFound");
    assert.match(failure.message, /does not tell the port of SRC01.*or name the port: HOST,PORT/);
  } finally {
    browser.close();
    await server.stop();
  }
});

it("SQL Server 2008 to 2025 of every native edition are sources", () => {
  for (const edition of [2, 3, 4])
    for (let major = 10; major <= 17; major++) assert.equal(unsuitable("SRC01", edition, `${major}.0.1`), undefined);
});
