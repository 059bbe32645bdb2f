// Registers the application in Entra ID that signs people in. azd runs this after the layers backups and app: it is
// registered when there is none, brought to infra/signIn.json, and told the app's address once there is one. It makes
// no secret. Bring an application of your own with `azd env set ENTRA_CLIENT_ID …` and `azd env set ENTRA_REGISTRATION
// given`: then nothing is touched.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLOUDS } from "../shared/azure/clouds.ts";
import { fail, patiently, run, tried } from "./commands.ts";

// the same in every tenant: `az account get-access-token` is how ferry gets its token
const AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const HINT = `Sign in with "az login" as somebody who may register applications, or have it done: infra/README.md, "Sign-in".`;
const wanted = JSON.parse(readFileSync(new URL("signIn.json", import.meta.url), "utf8"));
const { AZURE_ENV_NAME, AZURE_TENANT_ID, ENTRA_CLIENT_ID, ENTRA_REGISTRATION, NAME_TOKEN, SQLFERRY_URL } = process.env;

if (ENTRA_REGISTRATION === "given") {
  if (!ENTRA_CLIENT_ID)
    fail("ENTRA_REGISTRATION is given, but ENTRA_CLIENT_ID is not set: azd env set ENTRA_CLIENT_ID <application id>");
} else {
  const cloudName = JSON.parse(run(HINT, "az", "cloud", "show", "--output", "json")).name;
  const cloud =
    CLOUDS.find(({ name }) => name === cloudName) ??
    fail(`Which addresses belong to the cloud ${cloudName} is not known.`);
  const clientId = (await isThere(cloud, ENTRA_CLIENT_ID)) ? ENTRA_CLIENT_ID : await register(cloud);
  const application = { ...wanted, identifierUris: [`api://${clientId}`] };
  if (SQLFERRY_URL)
    application.web = {
      ...wanted.web,
      homePageUrl: SQLFERRY_URL,
      redirectUris: [`${SQLFERRY_URL}/.auth/login/aad/callback`],
    };
  await patch(cloud, "applications", clientId, application);
  // In a request of its own: the scope that it names has to be there.
  const delegatedPermissionIds = wanted.api.oauth2PermissionScopes.map((scope) => scope.id);
  await patch(cloud, "applications", clientId, {
    api: { preAuthorizedApplications: [{ appId: AZURE_CLI, delegatedPermissionIds }] },
  });
  await patch(cloud, "servicePrincipals", clientId, { appRoleAssignmentRequired: true });
  // Nobody may consent for themselves to an application that asks for assignment.
  console.log(
    `An administrator has to consent once for everybody, or all are told "Need admin approval":\n  az ad app permission admin-consent --id ${clientId}\n  ${cloud.login}/${AZURE_TENANT_ID || "organizations"}/adminconsent?client_id=${clientId}`,
  );
}

/** An id that azd remembers may have outlived its application. */
async function isThere(cloud, clientId) {
  if (!clientId) return false;
  const found = await patiently(() => graph(cloud, "GET", `applications(appId='${clientId}')`), {
    waits: [1, 2, 4, 8, 15],
  });
  if (found.ok) return true;
  if (!/Request_ResourceNotFound|does not exist|not found/i.test(found.text)) fail(`${found.text}\n${HINT}`);
  console.log(`The application ${clientId} is no longer there: another is registered.`);
  return false;
}

/**
 * The application of this environment, made with its service principal when there is none; azd remembers it. It is
 * known by a tag with the environment's token, which it has from the first moment: of one that only bears the name
 * nobody knows whose it is.
 */
async function register(cloud) {
  if (!AZURE_ENV_NAME || !NAME_TOKEN)
    fail("AZURE_ENV_NAME or NAME_TOKEN is not set: azd runs this script, after it has provisioned the layer backups.");
  const tag = `sqlferry-${NAME_TOKEN}`;
  const [found, ...others] = (await ask(cloud, "GET", `applications?$filter=tags/any(t:t eq '${tag}')`)).value ?? [];
  if (others.length > 0)
    fail(`Several applications have the tag ${tag}: azd env set ENTRA_CLIENT_ID <the one that is meant>`);
  const { appId } =
    found ??
    (await ask(cloud, "POST", "applications", {
      displayName: `sqlferry ${AZURE_ENV_NAME} ${NAME_TOKEN}`,
      signInAudience: wanted.signInAudience,
      tags: [tag],
    }));
  const principals = (await ask(cloud, "GET", `servicePrincipals?$filter=appId eq '${appId}'`)).value ?? [];
  if (principals.length === 0) await ask(cloud, "POST", "servicePrincipals", { appId });
  run(HINT, "azd", "env", "set", "ENTRA_CLIENT_ID", appId);
  return appId;
}

async function patch(cloud, collection, clientId, body) {
  await ask(cloud, "PATCH", `${collection}(appId='${clientId}')`, body);
}

/**
 * Microsoft Graph's answer. What was made a moment ago may not be everywhere yet: for three minutes it is asked for
 * again.
 */
async function ask(cloud, method, path, body) {
  const answer = await patiently(() => graph(cloud, method, path, body));
  if (!answer.ok) fail(`Microsoft Graph refused ${method} ${path}: ${answer.text}\n${HINT}`);
  return answer.text.trim() === "" ? {} : JSON.parse(answer.text);
}

/** One request. The body goes through a file: no shell's quoting can spoil it. */
function graph(cloud, method, path, body) {
  const request = ["rest", "--method", method, "--url", `${cloud.graph}/v1.0/${path}`];
  if (body === undefined) return tried("az", ...request);
  const folder = mkdtempSync(join(tmpdir(), "sqlferry-"));
  try {
    const file = join(folder, "body.json");
    writeFileSync(file, JSON.stringify(body));
    return tried("az", ...request, "--body", `@${file}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
