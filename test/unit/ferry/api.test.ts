// Tests what ferry does when an answer is lost: it asks once more, and repeats a change under its Idempotency-Key; when
// nothing answers at all, it says so.
import assert from "node:assert/strict";
import { after, before, describe, mock, test } from "node:test";
import { type Api, apiOf } from "../../../ferry/api.ts";
import { type FakeApi, fakeApi, type Reply } from "./run.ts";

const LOST: Readonly<Record<string, () => Reply>> = {
  "a 503": () => ({ status: 503, headers: { "retry-after": "1" }, body: { type: "https://x/storage-unavailable" } }),
  "a gateway's 502": () => ({ status: 502, headers: { "content-type": "text/html" }, body: "<h1>Bad Gateway</h1>" }),
  "a gateway's 504": () => ({ status: 504, body: {} }),
  "a cut connection": () => "cut",
};
const CHANGES: Readonly<Record<string, (api: Api, path: string) => Promise<{ readonly status: number }>>> = {
  POST: (api, path) => api.post(path, { reason: "r" }, "p1"),
  PUT: (api, path) => api.put(path, { location: "westeurope" }),
  DELETE: (api, path) => api.delete(path),
};

const apiAt = (url: string): Api =>
  apiOf({ operands: [], text: (option) => (option === "api" ? url : undefined), texts: () => [], flag: () => false });

describe("an answer that is lost", { concurrency: true }, () => {
  let fake: FakeApi;
  let api: Api;
  const replies = new Map<string, Reply[]>();
  const said = mock.method(console, "error", () => undefined);
  before(async () => {
    fake = await fakeApi(({ what }) => replies.get(what)?.shift() ?? { body: { done: true } });
    api = apiAt(fake.url);
  });
  after(() => {
    fake.close();
    said.mock.restore();
  });
  const askedOf = (what: string) => fake.asked.filter((one) => one.what === what);

  for (const [number, [lost, reply]] of Object.entries(LOST).entries()) {
    for (const [method, change] of Object.entries(CHANGES))
      test(`as ${lost}: ${method} is sent once more, the same under the same key`, async () => {
        const path = `/things/${number}`;
        const what = `${method} ${path}`;
        replies.set(what, [reply()]);
        assert.equal((await change(api, path)).status, 200);
        const [first, second, ...others] = askedOf(what);
        assert.match(first?.key ?? "", /^[0-9a-f-]{36}$/);
        assert.deepEqual([second, others], [first, []]);
        await change(api, path);
        assert.notEqual(askedOf(what).at(-1)?.key, first?.key, "another request has a key of its own");
      });
    test(`as ${lost}: a question is asked once more, without a key`, async () => {
      replies.set(`GET /things/${number}`, [reply()]);
      assert.deepEqual(await api.get(`/things/${number}`), { done: true });
      assert.deepEqual(
        askedOf(`GET /things/${number}`).map(({ key }) => key),
        [undefined, undefined],
      );
    });
  }

  test("is told on stderr with what was lost, and when it is asked again", async () => {
    replies.set("POST /told", ["cut"]);
    await api.post("/told", {});
    const lines = said.mock.calls.map(({ arguments: [line] }) => String(line));
    assert.ok(
      lines.some((line) => /^The answer was lost: .+\. Asked again in 1 s\.$/.test(line)),
      lines.join(),
    );
  });

  for (const refused of [
    { status: 502, body: { type: "https://sqlferry.dev/problems/dms-error", title: "Azure has refused." } },
    { status: 409, body: { type: "https://sqlferry.dev/problems/not-cancelable", title: "No." } },
    { status: 500, body: { type: "https://sqlferry.dev/problems/internal-error", title: "No." } },
  ])
    test(`is none that is ${refused.status} of sqlferry's own`, async () => {
      replies.set(`POST /refused/${refused.status}`, [refused]);
      assert.equal((await api.post(`/refused/${refused.status}`, {})).status, refused.status);
      assert.equal(askedOf(`POST /refused/${refused.status}`).length, 1);
    });
});

test("where nobody listens nothing was sent, and nothing is sent again", async () => {
  const gone = await fakeApi(() => undefined);
  gone.close();
  await assert.rejects(apiAt(gone.url).post("/things", {}), /^Error: Nobody answers at .*ECONNREFUSED/);
});
