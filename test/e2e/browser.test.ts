// Tests the page in a browser, as a DBA would use it: a gap seen and healed, a cutover by its button, a cancel.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { sourceDatabase } from "../../local/backups/history.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { type Client, clientOf, PATIENCE_MS } from "./support/client.ts";
import { needsOwnStack } from "./support/elsewhere.ts";

const CHROMIUM = "/usr/bin/chromium";
/** Keeps the browser from calling anything but the page's host. */
const QUIET = ["disable-background-networking", "disable-component-update", "disable-sync", "disable-quic"];
const skip = needsOwnStack || (existsSync(CHROMIUM) ? false : `no browser: ${CHROMIUM} is not there`);

let stack: Stack;
let client: Client;
let browser: Browser;
let page: Page;
/** Faults that only a developer would notice: scripts that fail, and what the page's policy blocks. */
const complaints: string[] = [];

before(async () => {
  if (skip) return;
  stack = await startStack({ emulator: { validationSeconds: 1, cutoverSeconds: 1 } });
  client = clientOf(stack);
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    chromiumSandbox: false,
    args: [...QUIET, "disable-gpu", "no-first-run"].map((flag) => `--${flag}`),
    timeout: PATIENCE_MS,
  });
  page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const title = (text: string) => page.locator(".title .badge", { hasText: text }).waitFor();
const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
const inDialog = (name: string) => page.getByRole("dialog").getByRole("button", { name, exact: true });

test("a gap is seen and healed, one database cut over by its button, another canceled", { skip }, async () => {
  const [sales, stock] = ["Sales", "Stock"].map((name) => sourceDatabase({ name, startedAt: "2025-11-24T21:00:00" }));
  assert.ok(sales && stock);
  await Promise.all(["Sales", "Stock"].map((folder) => client.register(folder, { mode: "online" })));
  const [full, first, missing, last] = [sales.full(), sales.log(), sales.log(), sales.log()];
  await client.upload("Sales", [full, first, last]);
  await client.upload("Stock", [stock.full(), stock.log()]);

  await page.goto(`${stack.baseUrl}/`);
  await page.getByRole("link", { name: "Sales" }).click();
  const gap = page.locator(".notice", { hasText: "Log backups are missing between" });
  assert.match((await gap.textContent()) ?? "", new RegExp(`${first.fileName} and before ${last.fileName}`));
  await page.locator(".word", { hasText: "not met" }).first().waitFor();
  assert.ok(await page.getByRole("button", { name: "Cut over", exact: true }).isDisabled());

  await client.upload("Sales", [missing]);
  await gap.waitFor({ state: "detached" });
  await title("Ready for cutover");
  await press("Cut over");
  assert.ok(await inDialog("Cut over").isDisabled());
  await page.getByRole("checkbox", { name: "The source is closed" }).check();
  await page.getByRole("textbox", { name: "Type the database's name" }).fill("Sales");
  await inDialog("Cut over").click();
  await title("Succeeded");
  assert.equal(await page.getByRole("button").count(), 0, "there is nothing more to do");

  await page.getByRole("link", { name: "All migrations" }).click();
  await page.getByRole("link", { name: "Stock" }).click();
  await title("Ready for cutover");
  await press("Cancel…");
  await page.getByRole("textbox", { name: "Reason, for the audit:" }).fill("not tonight");
  await inDialog("Cancel the migration").click();
  await title("Canceled");

  assert.deepEqual(complaints, []);
});
