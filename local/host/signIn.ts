// Stands in for App Service authentication, which signs people in before a request reaches the app.
import { readFileSync } from "node:fs";
import { z } from "zod";

/**
 * The request's headers with the principal of a local user in them; undefined when the user it names does not exist.
 */
export type SignIn = (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>> | undefined;

const User = z.object({
  roles: z.array(z.string()).readonly(),
  /**
   * Absent: a person of the tenant. An application is a pipeline's service principal, or a managed identity: it has
   * no person's claims.
   */
  kind: z.enum(["person", "guest", "application"]).default("person"),
});
type User = z.infer<typeof User>;

const Users = z.record(z.string(), User).refine((users) => Object.keys(users).length > 0, "names no user");
type Users = z.infer<typeof Users>;

const EVERYTHING: Users = {
  local: { kind: "person", roles: ["Ferry.Reader", "Ferry.Operator", "Ferry.Approver", "Ferry.Admin"] },
};

/** Users of a JSON file `{ "<user>": { "roles": [...] } }`; without one, a single user who may do everything. */
export const readUsers = (file: string | undefined): Users =>
  file === undefined ? EVERYTHING : Users.parse(JSON.parse(readFileSync(file, "utf8")));

/**
 * The first user is signed in unless the header x-local-user names another. What a caller says about itself is
 * dropped, as in Azure.
 */
export function createSignIn(users: Users): SignIn {
  const [first = ""] = Object.keys(users);
  return (headers) => {
    const name = headers["x-local-user"] ?? first;
    const user = Object.hasOwn(users, name) ? users[name] : undefined;
    if (!user) return undefined;
    const kept = Object.entries(headers).filter(([header]) => !header.startsWith("x-ms-client-principal"));
    return {
      ...Object.fromEntries(kept),
      "x-ms-client-principal": principalOf(name, user),
      ...(user.kind !== "application" && { "x-ms-client-principal-name": name }),
      "x-ms-client-principal-id": name,
      "x-ms-client-principal-idp": "aad",
    };
  };
}

const CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";

/** What App Service's mapping leaves of a token of Entra ID; test/fixtures/principals has what it was made from. */
const CLAIMS_OF: Readonly<Record<User["kind"], (name: string) => readonly (readonly [string, string])[]>> = {
  person: (name) => [
    ["name", name],
    ["preferred_username", name],
  ],
  guest: (name) => [
    [`${CLAIMS}/emailaddress`, name],
    [
      "http://schemas.microsoft.com/identity/claims/identityprovider",
      "https://sts.windows.net/00000000-0000-0000-0000-00000000000b/",
    ],
    ["name", name],
    ["preferred_username", `${name.replace("@", "_")}#EXT#@local.onmicrosoft.com`],
  ],
  application: (name) => [["azp", name]],
};

/**
 * App Service's X-MS-CLIENT-PRINCIPAL: base64 of a list of claims. The types that it names are not those that the
 * claims have.
 */
function principalOf(name: string, { kind, roles }: User): string {
  const claims = [
    ["http://schemas.microsoft.com/identity/claims/objectidentifier", name],
    ["http://schemas.microsoft.com/identity/claims/tenantid", "00000000-0000-0000-0000-00000000000a"],
    ...CLAIMS_OF[kind](name),
    ...roles.map((role) => ["roles", role]),
    [`${CLAIMS}/nameidentifier`, name],
    ["ver", "2.0"],
  ].map(([typ, val]) => ({ typ, val }));
  const principal = {
    auth_typ: "aad",
    claims,
    name_typ: `${CLAIMS}/emailaddress`,
    role_typ: "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
  };
  return Buffer.from(JSON.stringify(principal)).toString("base64");
}
