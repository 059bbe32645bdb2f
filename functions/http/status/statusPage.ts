// GET / and GET /assets/{file}: serves the status page and its static files. The page uses the public API like any
// other client.
import { readFile } from "node:fs/promises";
import type { HttpHandler } from "@azure/functions";
import { CONTENT_SECURITY_POLICY, pageHtml } from "../../../shared/page/html.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";

const ASSETS = new URL("../../../shared/page/assets/", import.meta.url);
const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};
const HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-cache",
};

export const statusPage = (services: Services): HttpHandler =>
  endpoint(services, "StatusPage", async () => ({
    headers: { ...HEADERS, "content-type": "text/html; charset=utf-8" },
    body: pageHtml(),
  }));

export const pageAsset = (services: Services): HttpHandler =>
  endpoint(services, "PageAsset", async ({ request }) => {
    const file = request.params["file"] ?? "";
    const [, type] = /^[a-z][A-Za-z]*\.(js|css|svg)$/.exec(file) ?? [];
    const content = type && (await readFile(new URL(file, ASSETS)).catch(absent));
    if (!type || !content) return { problem: "not-found", detail: "The page has no such file." };
    return { headers: { ...HEADERS, "content-type": TYPES[type] ?? "application/octet-stream" }, body: content };
  });

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
