// What stays behind when an environment was taken down, and what of it may go? Asks by the identity's principal in every subscription that was
// touched, deletes what is sqlferry's own and nothing else, and says what it leaves, and why.
//
//   node infra/cleanUp.mjs           says what it would do
//   node infra/cleanUp.mjs --delete  does it
//
// After `azd down app`, whose app could do nothing any more; before `azd down backups`: afterwards nobody knows the principal.
import { CLOUDS } from "../shared/azure/clouds.ts";
import { fail, run, tried } from "./commands.ts";

const HINT = 'Sign in with "az login" as an Owner of every subscription that the environment touches.';
const LOCK = "backups-stay";
const isMeant = process.argv.includes("--delete");
const env = JSON.parse(
  run("Choose the environment with azd env select.", "azd", "env", "get-values", "--output", "json"),
);
const { AZURE_SUBSCRIPTION_ID, AZURE_ENV_NAME, NAME_TOKEN, IDENTITY_PRINCIPAL_ID, ENTRA_CLIENT_ID } = env;
const { FUNCTION_APP_RESOURCE_ID } = env; // azd may remember an app that has gone
if (!NAME_TOKEN || !IDENTITY_PRINCIPAL_ID)
  fail(
    "NAME_TOKEN or IDENTITY_PRINCIPAL_ID is not in azd's environment: the layer backups was never provisioned, so there is nothing.",
  );

if (isMeant && FUNCTION_APP_RESOURCE_ID && tried("az", "resource", "show", "--ids", FUNCTION_APP_RESOURCE_ID).ok)
  fail(`${FUNCTION_APP_RESOURCE_ID} is still there, and would stand still without its roles: azd down app first.`);

/** Where azd deploys to, which need not be where az looks by itself. */
const IN_AZDS = ["--subscription", AZURE_SUBSCRIPTION_ID];
/** Sentences for the end. */
const left = [];
const subscriptions = [
  ...new Set(
    Object.entries(env)
      .filter(([name]) => name === "AZURE_SUBSCRIPTION_ID" || /RESOURCE_IDS?$/.test(name))
      .flatMap(([, value]) => value.split(","))
      .map((id) => (id.trim().startsWith("/") ? id.trim().split("/")[2] : id.trim()).toLowerCase())
      .filter(Boolean),
  ),
];
console.log(
  `${isMeant ? "Cleaning up" : "Would clean up"} after ${AZURE_ENV_NAME} (${NAME_TOKEN}) in ${subscriptions.length} subscriptions.`,
);

for (const subscription of subscriptions) {
  const assignments = list(subscription, "role", "assignment", "list", "--all")?.filter(
    ({ principalId }) => principalId === IDENTITY_PRINCIPAL_ID,
  );
  for (const assignment of assignments ?? []) deleteAssignment(subscription, assignment);
}
// A definition can only go when no assignment is left of it, wherever that was.
for (const name of definitions())
  remove(`the custom role "${name}"`, "role", "definition", "delete", "--name", name, ...IN_AZDS);
takenAccount();
subscriptionsOfTakenTopic();
createdTopicElsewhere();
application();
vault();

console.log(left.length === 0 ? "Nothing else is left." : `Left:\n${left.map((one) => `- ${one}`).join("\n")}`);
if (!isMeant) console.log("Nothing was deleted; --delete does it.");

function list(subscription, ...command) {
  const answer = tried("az", ...command, "--subscription", subscription, "--output", "json");
  if (answer.ok) return JSON.parse(answer.text);
  left.push(
    `Whatever is in subscription ${subscription}: it could not be asked (${answer.text.split("\n")[0]}). ${HINT}`,
  );
  return undefined;
}

/** True when it is gone, or would be. */
function remove(what, ...command) {
  console.log(`${isMeant ? "Deleting" : "Would delete"} ${what}`);
  if (!isMeant) return true;
  const { ok, text } = tried("az", ...command);
  if (!ok) left.push(`${what}: ${text.split("\n")[0]}`);
  return ok;
}

/** A lock against deletion holds assignments, too. The one that sqlferry set is lifted for a moment; others are their owners'. */
function deleteAssignment(subscription, { id, scope, roleDefinitionName }) {
  const what = `the role "${roleDefinitionName}" on ${scope}`;
  const account = env.BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID ?? "";
  const isOurs = !env.EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID && account !== "";
  const isUnderLock = isOurs && scope.toLowerCase().startsWith(account.toLowerCase());
  const lock = ["--name", LOCK, "--resource", account, "--subscription", subscription];
  const hadLock = isMeant && isUnderLock && tried("az", "lock", "show", ...lock).ok;
  if (hadLock && !tried("az", "lock", "delete", ...lock).ok)
    left.push(`the lock ${LOCK} on ${account} could not be lifted`);
  try {
    remove(what, "role", "assignment", "delete", "--ids", id);
  } finally {
    if (hadLock && !tried("az", "lock", "create", "--lock-type", "CanNotDelete", ...lock).ok)
      left.push(`The account ${account} is WITHOUT its lock ${LOCK}: it could not be set again. Set it by hand.`);
  }
}

function definitions() {
  const found = list(AZURE_SUBSCRIPTION_ID, "role", "definition", "list", "--custom-role-only", "true");
  return (found ?? [])
    .map(({ roleName }) => roleName)
    .filter((name) => name.startsWith(`sqlferry ${AZURE_ENV_NAME} ${NAME_TOKEN}: `));
}

/** Whoever else has functions that are told of its blobs may use the same queue: the host gives it its name. */
function takenAccount() {
  const account = env.EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID;
  if (account) left.push(`the queue webjobs-blobtrigger-poison of ${account}: another function app may use it`);
}

/** Those on a topic of sqlferry's own go with it; on a taken one they would go on calling an app that is not there. */
function subscriptionsOfTakenTopic() {
  const topic = env.EXISTING_SYSTEM_TOPIC_RESOURCE_ID;
  if (!topic) return;
  const [, , subscription, , group, , , , name] = topic.split("/");
  const on = ["--resource-group", group, "--system-topic-name", name];
  for (const one of list(subscription, "eventgrid", "system-topic", "event-subscription", "list", ...on) ?? [])
    if (one.name.endsWith(`-${NAME_TOKEN}`))
      remove(
        `the event subscription ${one.name}`,
        "eventgrid",
        "system-topic",
        "event-subscription",
        "delete",
        "--name",
        one.name,
        ...on,
        "--subscription",
        subscription,
        "--yes",
      );
}

/** Made in the group of an account that was taken, which azd never deletes. */
function createdTopicElsewhere() {
  const topic = env.SYSTEM_TOPIC_RESOURCE_ID;
  if (!topic || env.EXISTING_SYSTEM_TOPIC_RESOURCE_ID || !env.EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID) return;
  remove(`the system topic ${topic}`, "resource", "delete", "--ids", topic);
}

function application() {
  if (!ENTRA_CLIENT_ID) return;
  const what = `the application ${ENTRA_CLIENT_ID}`;
  if (env.ENTRA_REGISTRATION === "given") return void left.push(`${what}: it was given to sqlferry`);
  const cloudName = JSON.parse(run(HINT, "az", "cloud", "show", "--output", "json")).name;
  const { graph } =
    CLOUDS.find(({ name }) => name === cloudName) ??
    fail(`Which addresses belong to the cloud ${cloudName} is not known.`);
  const answer = tried(
    "az",
    "rest",
    "--method",
    "GET",
    "--url",
    `${graph}/v1.0/applications(appId='${ENTRA_CLIENT_ID}')`,
  );
  if (!answer.ok) return void left.push(`${what}: ${answer.text.split("\n")[0]}`);
  if (!JSON.parse(answer.text).tags?.includes(`sqlferry-${NAME_TOKEN}`))
    return void left.push(`${what}: it does not bear this environment's tag, so somebody else may need it`);
  if (!remove(what, "ad", "app", "delete", "--id", ENTRA_CLIENT_ID) || !isMeant) return;
  tried("azd", "env", "set", "ENTRA_CLIENT_ID", "");
  left.push(`${what} can be restored for 30 days (Entra ID, deleted applications)`);
}

/** Its name stays taken after the group has gone. */
function vault() {
  const name = env.KEY_VAULT_NAME;
  const deleted = list(AZURE_SUBSCRIPTION_ID, "keyvault", "list-deleted", "--resource-type", "vault")?.find(
    (one) => one.name === name,
  );
  if (!deleted) return;
  if (deleted.properties?.purgeProtectionEnabled)
    left.push(
      `the deleted vault ${name} keeps its name until ${deleted.properties.scheduledPurgeDate}; before the next azd up: az keyvault recover --name ${name}`,
    );
  else remove(`the deleted vault ${name} for good`, "keyvault", "purge", "--name", name, ...IN_AZDS);
}
