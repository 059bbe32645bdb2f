// Tests that the page keeps to its content security policy, and that no file name ever becomes markup.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { CONTENT_SECURITY_POLICY, pageHtml } from "../../../../shared/page/html.ts";

const html = pageHtml();
const ASSETS = "shared/page/assets";
const scripts = globSync(`${ASSETS}/*.js`);

test("the policy allows what the app itself serves, and nothing inline or from elsewhere", () => {
  const rules = CONTENT_SECURITY_POLICY.split("; ").map((rule) => rule.split(" "));
  for (const [name, ...sources] of rules) {
    assert.equal(sources.length, 1, name);
    assert.match(sources[0] ?? "", /^'(self|none)'$/, name);
  }
  assert.deepEqual(rules[0], ["default-src", "'none'"]);
  for (const closed of ["base-uri", "form-action", "frame-ancestors"])
    assert.ok(CONTENT_SECURITY_POLICY.includes(`${closed} 'none'`), closed);
});

test("the page holds nothing that the policy would block", () => {
  assert.match(html, /^<!doctype html>/);
  assert.doesNotMatch(html, /<script(?![^>]* src=)/, "an inline script");
  assert.doesNotMatch(html, /<style| style=| on\w+=|javascript:/i);
});

test("all of its addresses are relative, so it works below any path", () => {
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = ""]) => address);
  assert.ok(addresses.length >= 5);
  for (const address of addresses) assert.doesNotMatch(address, /^(\/|[a-z]+:)/, address);
});

test("every asset that the page or another asset names is there", () => {
  const named = [
    ...[...html.matchAll(/"assets\/([^"]+)"/g)].map(([, file]) => file),
    ...scripts.flatMap((script) =>
      [...readFileSync(script, "utf8").matchAll(/from "\.\/([^"]+)"/g)].map(([, file]) => file),
    ),
  ];
  for (const file of named) assert.ok(existsSync(`${ASSETS}/${file}`), file);
});

test("what the API answers reaches the page as text: no script writes markup", () => {
  assert.ok(scripts.length > 5);
  for (const script of scripts)
    assert.doesNotMatch(
      readFileSync(script, "utf8"),
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|srcdoc/,
      script,
    );
});

test("no script asks anybody but the app", () => {
  const nameOfSvg = '"http://www.w3.org/2000/svg"'; // a name that looks like an address; no request goes there
  for (const script of scripts)
    assert.doesNotMatch(readFileSync(script, "utf8").replace(nameOfSvg, '""'), /["'`](?:https?:)?\/\/\w/, script);
});
