// Identifies the caller of a request and checks the role. App Service authentication signs people in and sets
// x-ms-client-principal, which no caller can forge where a sign-in is required; on its excluded paths the header must
// not be trusted.
import type { HttpRequest } from "@azure/functions";
import { z } from "zod";
import { type Caller, holds, type Role } from "../../shared/api/roles.ts";
import type { Config } from "../../shared/config.ts";
import type { Refusal } from "../../shared/migration/refusals.ts";

const Principal = z.object({
  name_typ: z.string().default("name"),
  role_typ: z.string().default("roles"),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});

/**
 * App Service puts into role_typ and name_typ what .NET would look for, maps some claims to long names and leaves
 * others as the token has them: an app role comes as "roles" although role_typ names another type, and a person may
 * have no claim of the type in name_typ.
 */
const ROLE_CLAIMS = ["roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"];
const PERSON_CLAIMS = [
  "preferred_username",
  "upn",
  "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
  "name",
];
const OBJECT_CLAIMS = ["oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"];
/** For a caller that is not a person: the application, or the object in Entra ID. */
const APPLICATION_CLAIMS = ["appid", "azp", ...OBJECT_CLAIMS];

/** The caller, or the refusal: not signed in, or without the role. */
export function callerWith(role: Role, request: HttpRequest, auth: Config["auth"]): Caller | Refusal {
  if (auth === "none") return { name: "anonymous", roles: ["Ferry.Admin"] };
  const caller = signedIn(request.headers);
  if (!caller)
    return { problem: "not-signed-in", detail: "No signed-in caller was found: sign in with Entra ID and ask again." };
  if (!holds(caller, role))
    return {
      problem: "role-missing",
      detail: `${caller.name} has ${caller.roles.length > 0 ? `the roles ${caller.roles.join(", ")}` : "no role"}; this needs ${role}.`,
      needed: role,
    };
  return caller;
}

function signedIn(headers: HttpRequest["headers"]): Caller | undefined {
  const header = headers.get("x-ms-client-principal");
  if (!header) return undefined;
  const principal = Principal.safeParse(parseBase64Json(header));
  if (!principal.success) return undefined;
  const { claims, name_typ, role_typ } = principal.data;
  const claim = (...types: readonly string[]) =>
    types
      .map((type) => claims.find(({ typ, val }) => typ === type && val !== "")?.val)
      .find((val) => val !== undefined);
  const name =
    claim(name_typ, ...PERSON_CLAIMS) || headers.get("x-ms-client-principal-name") || claim(...APPLICATION_CLAIMS);
  if (!name) return undefined;
  const isRole = (typ: string) => typ === role_typ || ROLE_CLAIMS.includes(typ);
  const roles = [...new Set(claims.filter(({ typ }) => isRole(typ)).map(({ val }) => val))];
  const id = claim(...OBJECT_CLAIMS);
  return { name, roles, ...(id !== undefined && { id }) };
}

function parseBase64Json(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64").toString("utf8"));
  } catch {
    return undefined; // not a principal: the caller counts as not signed in
  }
}
