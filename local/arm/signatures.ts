// Signs the bearer tokens and operation URLs that the emulator hands out, and recognizes them.
import { createHmac, timingSafeEqual } from "node:crypto";

const TOKEN_LIVES_SECONDS = 24 * 60 * 60;

const sign = (secret: string, text: string): string => createHmac("sha256", secret).update(text).digest("base64url");

function isSignedBy(secret: string, text: string, signature: string): boolean {
  const expected = Buffer.from(sign(secret, text));
  const found = Buffer.from(signature);
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/** Managed identity answer of App Service (api-version 2019-08-01); times in seconds since 1970. */
export function issueToken(secret: string, resource: string, nowSeconds: number) {
  const expires_on = nowSeconds + TOKEN_LIVES_SECONDS;
  const content = Buffer.from(JSON.stringify({ aud: resource.replace(/\/+$/, ""), exp: expires_on })).toString(
    "base64url",
  );
  return {
    access_token: `${content}.${sign(secret, content)}`,
    expires_on: String(expires_on),
    resource,
    token_type: "Bearer",
  };
}

export const ARM_AUDIENCES = ["https://management.azure.com", "https://management.core.windows.net"];
export const VAULT_AUDIENCES = ["https://vault.azure.net"];

/** Why the bearer token is refused; undefined when it is one of ours, for one of the audiences, and not expired. */
export function tokenRefusal(
  secret: string,
  authorization: string | undefined,
  audiences: readonly string[],
  nowSeconds: number,
): string | undefined {
  const [scheme, token = ""] = authorization?.split(" ") ?? [];
  if (scheme?.toLowerCase() !== "bearer") return "The 'Authorization' header is missing or has no bearer token.";
  const [content = "", signature = ""] = token.split(".");
  if (!isSignedBy(secret, content, signature)) return "The access token is invalid.";
  const { aud, exp } = JSON.parse(Buffer.from(content, "base64url").toString()) as { aud: string; exp: number };
  if (!audiences.includes(aud)) return "The access token has been obtained for wrong audience.";
  return exp <= nowSeconds ? "The access token has expired." : undefined;
}

/** The query that api-versions from 2025 on carry: time, certificate, signature, hash; together some kilobytes. */
export function operationQuery(secret: string, operation: string, time: number): string {
  const certificate = sign(secret, `certificate ${operation}`).repeat(50);
  const hash = sign(secret, `hash ${operation} ${time}`);
  return `t=${time}&c=${certificate}&s=${sign(secret, [operation, time, certificate, hash].join(" "))}&h=${hash}`;
}

/** False when anything in the query was changed. */
export function isOperationQuery(secret: string, operation: string, query: URLSearchParams): boolean {
  const [t, c, s = "", h] = ["t", "c", "s", "h"].map((name) => query.get(name) ?? "");
  return isSignedBy(secret, [operation, t, c, h].join(" "), s);
}
