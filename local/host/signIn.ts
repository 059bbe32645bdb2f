// Who is calling? Stands in for App Service authentication, which signs people in before a request reaches the app.
import { readFileSync } from "node:fs";
import { z } from "zod";

/** The request's headers with the principal of a local user in them; undefined when the user it names does not exist. */
export type SignIn = (headers: Readonly<Record<string, string>>) => Readonly<Record<string, string>> | undefined;

const Users = z
  .record(z.string(), z.object({ roles: z.array(z.string()) }))
  .refine((users) => Object.keys(users).length > 0, "names no user");
type Users = z.infer<typeof Users>;

const EVERYTHING: Users = { local: { roles: ["Ferry.Reader", "Ferry.Operator", "Ferry.Approver", "Ferry.Admin"] } };

/** Users of a JSON file `{ "<user>": { "roles": [...] } }`; without one, a single user who may do everything. */
export const readUsers = (file: string | undefined): Users =>
  file === undefined ? EVERYTHING : Users.parse(JSON.parse(readFileSync(file, "utf8")));

/** The first user is signed in unless the header x-local-user names another. What a caller says about itself is dropped, as in Azure. */
export function createSignIn(users: Users): SignIn {
  const [first = ""] = Object.keys(users);
  return (headers) => {
    const name = headers["x-local-user"] ?? first;
    const user = Object.hasOwn(users, name) ? users[name] : undefined;
    if (!user) return undefined;
    const kept = Object.entries(headers).filter(([header]) => !header.startsWith("x-ms-client-principal"));
    return {
      ...Object.fromEntries(kept),
      "x-ms-client-principal": principalOf(name, user.roles),
      "x-ms-client-principal-name": name,
      "x-ms-client-principal-id": name,
    };
  };
}

/** App Service's X-MS-CLIENT-PRINCIPAL: base64 of a JSON list of claims. */
function principalOf(name: string, roles: readonly string[]): string {
  const claims = [{ typ: "name", val: name }, ...roles.map((role) => ({ typ: "roles", val: role }))];
  const principal = { auth_typ: "aad", name_typ: "name", role_typ: "roles", claims };
  return Buffer.from(JSON.stringify(principal)).toString("base64");
}
