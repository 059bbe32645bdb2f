// Deletes what stays behind when an environment was taken down. Asks by the identity's principal in every subscription
// that was touched, deletes what is sqlferry's own and nothing else, and says what it leaves, and why.
//
//   node infra/cleanUp.mjs           says what it would do
//   node infra/cleanUp.mjs --delete  does it
//
// After `azd down app`, whose app could do nothing any more; before `azd down backups`: afterwards nobody knows the
// principal.
import { setImmediate } from "node:timers/promises";
import { CLOUDS } from "../shared/azure/clouds.ts";
import { fail, patiently, run, tried, WAITS } from "./commands.ts";

const HINT = 'Sign in with "az login" as an Owner of every subscription that the environment touches.';
const LOCK = "backups-stay";
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
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
const account = env.BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID ?? "";
/** What Azure refuses until everybody there has heard of the deletion before. */
const AWAITS = { passes: /ScopeLocked|RoleDefinitionHasAssignments/, waits: WAITS.slice(0, 6) };

const definitions = (
  list(AZURE_SUBSCRIPTION_ID, "role", "definition", "list", "--custom-role-only", "true") ?? []
).filter(({ roleName }) => roleName.startsWith(`sqlferry ${AZURE_ENV_NAME} ${NAME_TOKEN}: `));
// A target that was taken out of the environment may still be named by the roles.
const subscriptions = [
  ...new Set(
    [
      ...Object.entries(env)
        .filter(([name]) => name === "AZURE_SUBSCRIPTION_ID" || /RESOURCE_IDS?$/.test(name))
        .flatMap(([, value]) => value.split(",")),
      ...definitions.flatMap(({ assignableScopes }) => assignableScopes ?? []),
    ]
      .map((id) => (id.trim().startsWith("/") ? (id.trim().split("/")[2] ?? "") : id.trim()).toLowerCase())
      .filter(Boolean),
  ),
];
console.log(
  `${isMeant ? "Cleaning up" : "Would clean up"} after ${AZURE_ENV_NAME} (${NAME_TOKEN}) in ${subscriptions.length} subscriptions.`,
);

const assignments = subscriptions.flatMap((subscription) =>
  (list(subscription, "role", "assignment", "list", "--all") ?? []).filter(
    ({ principalId }) => principalId === IDENTITY_PRINCIPAL_ID,
  ),
);
const isOurs = !env.EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID && account !== "";
const isUnderLock = ({ scope }) => isOurs && `${scope}/`.toLowerCase().startsWith(`${account}/`.toLowerCase());
for (const one of assignments.filter((one) => !isUnderLock(one))) await deleteAssignment(one);
await withoutLock(async () => {
  for (const one of assignments.filter(isUnderLock)) {
    await deleteAssignment(one, AWAITS);
    await setImmediate(); // Ctrl-C is heard here, and between two tries
  }
});
// A definition can only go when no assignment is left of it, wherever that was.
for (const { roleName } of definitions)
  await remove(
    `the custom role "${roleName}"`,
    ["role", "definition", "delete", "--name", roleName, ...IN_AZDS],
    AWAITS,
  );
takenAccount();
await subscriptionsOfTakenTopic();
await createdTopicElsewhere();
await application();

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

/** True when it is gone, or would be. With `patience` (see `patiently`) it is tried again while that may help. */
async function remove(what, command, patience = { waits: [] }) {
  console.log(`${isMeant ? "Deleting" : "Would delete"} ${what}`);
  if (!isMeant) return true;
  const { ok, text } = await patiently(() => tried("az", ...command), patience);
  if (!ok) left.push(`${what}: ${text.split("\n")[0]}`);
  return ok;
}

function deleteAssignment({ id, scope, roleDefinitionName }, patience) {
  return remove(
    `the role "${roleDefinitionName}" on ${scope}`,
    ["role", "assignment", "delete", "--ids", id],
    patience,
  );
}

/**
 * A lock against deletion holds assignments, too. The one that sqlferry set on its own account is lifted once, and
 * set again whatever happens meanwhile, Ctrl-C included; locks of others are their owners'.
 */
async function withoutLock(work) {
  const lock = ["--name", LOCK, "--resource", account, "--subscription", account.split("/")[2]];
  if (!isMeant || !assignments.some(isUnderLock)) return work();
  if (!tried("az", "lock", "show", ...lock).ok) {
    left.push(`the account ${account} had no lock ${LOCK} before this: set it, unless you mean the backups to go`);
    return work();
  }
  const setAgain = () => {
    const create = () => tried("az", "lock", "create", "--lock-type", "CanNotDelete", ...lock).ok;
    if (create() || create()) return; // Ctrl-C ends whatever az is doing
    left.push(`The account ${account} is WITHOUT its lock ${LOCK}: it could not be set again. Set it by hand.`);
  };
  const stop = () => {
    setAgain();
    fail(["Stopped; run it again.", ...left].join("\n- "));
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    if (!tried("az", "lock", "delete", ...lock).ok) left.push(`the lock ${LOCK} on ${account} could not be lifted`);
    await work();
  } finally {
    setAgain();
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

/** Whoever else has functions that are told of its blobs may use the same queue: the host gives it its name. */
function takenAccount() {
  if (env.EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID)
    left.push(`the queue webjobs-blobtrigger-poison of ${account}: another function app may use it`);
}

/** Those on a topic of sqlferry's own go with it; on a taken one they would go on calling an app that is not there. */
async function subscriptionsOfTakenTopic() {
  const topic = env.EXISTING_SYSTEM_TOPIC_RESOURCE_ID;
  if (!topic) return;
  const [, , subscription, , group, , , , name] = topic.split("/");
  const on = ["--resource-group", group, "--system-topic-name", name];
  for (const one of list(subscription, "eventgrid", "system-topic", "event-subscription", "list", ...on) ?? [])
    if (one.name.endsWith(`-${NAME_TOKEN}`))
      await remove(`the event subscription ${one.name}`, [
        ...["eventgrid", "system-topic", "event-subscription", "delete", "--name", one.name],
        ...on,
        ...["--subscription", subscription, "--yes"],
      ]);
}

/** Made in the group of an account that was taken, which azd never deletes. */
async function createdTopicElsewhere() {
  const topic = env.SYSTEM_TOPIC_RESOURCE_ID;
  if (!topic || env.EXISTING_SYSTEM_TOPIC_RESOURCE_ID || !env.EXISTING_BACKUPS_STORAGE_ACCOUNT_RESOURCE_ID) return;
  await remove(`the system topic ${topic}`, ["resource", "delete", "--ids", topic]);
}

async function application() {
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
  if (!(await remove(what, ["ad", "app", "delete", "--id", ENTRA_CLIENT_ID])) || !isMeant) return;
  tried("azd", "env", "set", "ENTRA_CLIENT_ID", "");
  left.push(`${what} can be restored for 30 days (Entra ID, deleted applications)`);
}
