// Which application in Entra ID signs people in? azd runs this after the layers backups and app: registered when there is none, brought to infra/signIn.json,
// and told the app's address once there is one. It makes no secret. Bring an application of your own with `azd env set ENTRA_CLIENT_ID …` and
// `azd env set ENTRA_REGISTRATION given`: then nothing is touched.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"; // the same in every tenant: `az account get-access-token` is how ferry gets its token
const wanted = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), "signIn.json"), "utf8"));
const { AZURE_ENV_NAME, ENTRA_CLIENT_ID, ENTRA_REGISTRATION, SQLFERRY_URL } = process.env;
const displayName = `sqlferry ${AZURE_ENV_NAME}`;

if (ENTRA_REGISTRATION === "given") {
  if (!ENTRA_CLIENT_ID)
    fail("ENTRA_REGISTRATION is given, but ENTRA_CLIENT_ID is not set: azd env set ENTRA_CLIENT_ID <application id>");
} else {
  const clientId = ENTRA_CLIENT_ID || register();
  const application = { ...wanted, identifierUris: [`api://${clientId}`] };
  if (SQLFERRY_URL)
    application.web = {
      ...wanted.web,
      homePageUrl: SQLFERRY_URL,
      redirectUris: [`${SQLFERRY_URL}/.auth/login/aad/callback`],
    };
  patch("applications", clientId, application);
  // In a request of its own: the scope that it names has to be there.
  const delegatedPermissionIds = wanted.api.oauth2PermissionScopes.map((scope) => scope.id);
  patch("applications", clientId, {
    api: { preAuthorizedApplications: [{ appId: AZURE_CLI, delegatedPermissionIds }] },
  });
  patch("servicePrincipals", clientId, { appRoleAssignmentRequired: true });
}

/** The id of the application of this name, made with its service principal when there is none; azd remembers it. */
function register() {
  if (!AZURE_ENV_NAME) fail("AZURE_ENV_NAME is not set: azd runs this script, or run it with `azd env exec`.");
  const [found, ...others] = JSON.parse(
    az("ad", "app", "list", "--display-name", displayName, "--output", "json"),
  ).filter((application) => application.displayName === displayName);
  if (others.length > 0)
    fail(`Several applications are named "${displayName}": azd env set ENTRA_CLIENT_ID <the one that is meant>`);
  const clientId =
    found?.appId ?? JSON.parse(az("ad", "app", "create", "--display-name", displayName, "--output", "json")).appId;
  if (JSON.parse(az("ad", "sp", "list", "--filter", `appId eq '${clientId}'`, "--output", "json")).length === 0)
    az("ad", "sp", "create", "--id", clientId, "--output", "none");
  run("azd", "env", "set", "ENTRA_CLIENT_ID", clientId);
  return clientId;
}

/** Microsoft Graph: PATCH of the object with this application id. The body goes through a file: no shell's quoting can spoil it. */
function patch(collection, clientId, body) {
  const folder = mkdtempSync(join(tmpdir(), "sqlferry-"));
  try {
    const file = join(folder, "body.json");
    writeFileSync(file, JSON.stringify(body));
    az(
      "rest",
      "--method",
      "PATCH",
      "--url",
      `https://graph.microsoft.com/v1.0/${collection}(appId='${clientId}')`,
      "--body",
      `@${file}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function az(...args) {
  return run("az", ...args);
}

function run(command, ...args) {
  const isWindows = process.platform === "win32"; // az and azd are scripts there, which only a shell starts
  const { status, stdout, stderr, error } = spawnSync(command, isWindows ? args.map((arg) => `"${arg}"`) : args, {
    encoding: "utf8",
    shell: isWindows,
  });
  if (status === 0) return stdout;
  return fail(
    `"${command} ${args.join(" ")}" failed: ${(error?.message ?? stderr).trim()}\n` +
      `Sign in with "az login" as somebody who may register applications, or have it done: infra/README.md, "Sign-in".`,
  );
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
