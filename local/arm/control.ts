// Lets tests and people steer the emulator under /_emulator: settings, faults, runtime nodes, journal.
import { FAULT_KINDS, type Fault, type FaultKind } from "./faults.ts";
import { registerNode } from "./migrationServices.ts";
import { advanceAll, databasesOn } from "./migrations.ts";
import { type Emulator, type Reply, RUN_FAULTS, refusal } from "./replies.ts";
import { DEFAULT_SETTINGS, type Settings } from "./state.ts";

/** One request below /_emulator. Unknown settings and faults are refused by name. */
export async function control(emulator: Emulator, method: string, path: string, body: unknown): Promise<Reply> {
  switch (`${method} ${path}`) {
    case "GET /_emulator/journal":
      return journal(emulator);
    case "GET /_emulator/settings":
      return { status: 200, body: emulator.state.settings };
    case "PUT /_emulator/settings":
      return putSettings(emulator, body);
    case "GET /_emulator/faults":
      return { status: 200, body: emulator.state.faults };
    case "POST /_emulator/faults":
      return postFault(emulator, body);
    case "POST /_emulator/nodes":
      return postNode(emulator, body);
    case "DELETE /_emulator/services":
      return loseService(emulator, body);
    case "DELETE /_emulator/faults":
      emulator.state.faults = [];
      emulator.save();
      return { status: 204 };
    default:
      return refusal(404, "NotFound", `The emulator has no ${method} ${path}.`);
  }
}

/** Accepted mutations in order, and what each run restored in order: the service's side of the story. */
async function journal(emulator: Emulator): Promise<Reply> {
  await advanceAll(emulator);
  const { state } = emulator;
  const runs = state.migrations.map(({ vmName, targetDbName, operationId, phase, restored }) => ({
    ...(phase.at === "creating" && { startsAt: new Date(phase.until).toISOString() }),
    vm: vmName,
    targetDb: targetDbName,
    operationId,
    phase: phase.at,
    restored: restored.map((set) => ({ ...set, at: new Date(set.at).toISOString() })),
  }));
  const databases = Object.fromEntries(emulator.seed.sqlVms.map(({ name }) => [name, databasesOn(emulator, name)]));
  return { status: 200, body: { mutations: state.journal, runs, databases } };
}

function putSettings(emulator: Emulator, body: unknown): Reply {
  const changes = Object.entries((body ?? {}) as Record<string, unknown>);
  const wrong = changes.find(([name, value]) => !isSetting(name, value));
  if (wrong !== undefined)
    return refusal(
      400,
      "InvalidSetting",
      `Not a setting, or not a value for it (a number from 0 on; blobDetails: names or sets; failedAs: Failed or Succeeded): ${wrong[0]}.`,
    );
  const { state } = emulator;
  // The emulator's clock goes on from where it is, at the new speed.
  state.clock = { real: emulator.realNow(), shown: emulator.now() };
  state.settings = { ...state.settings, ...(Object.fromEntries(changes) as Partial<Settings>) };
  emulator.save();
  return { status: 200, body: state.settings };
}

const isSetting = (name: string, value: unknown): boolean =>
  Object.hasOwn(WORDS, name)
    ? (WORDS[name]?.includes(value) ?? false)
    : name in DEFAULT_SETTINGS && typeof value === "number" && value >= 0;

const WORDS: Readonly<Record<string, readonly unknown[]>> = {
  blobDetails: ["names", "sets"],
  failedAs: ["Failed", "Succeeded"],
};

/** Somebody installs the integration runtime on a host and registers it. */
function postNode(emulator: Emulator, body: unknown): Reply {
  const { nodeName, authKey } = (body ?? {}) as { readonly nodeName?: unknown; readonly authKey?: unknown };
  return typeof nodeName === "string" && typeof authKey === "string" && registerNode(emulator, nodeName, authKey)
    ? { status: 201, body: { nodeName } }
    : refusal(400, "InvalidAuthKey", "nodeName and one of a service's authentication keys are needed.");
}

/**
 * Somebody deletes a migration service with its resource group, whatever runs: DELETE of the service alone is refused
 * then.
 */
function loseService({ state, save }: Emulator, body: unknown): Reply {
  const { name } = (body ?? {}) as { readonly name?: unknown };
  const left = state.services.filter((one) => one.name !== name);
  if (left.length === state.services.length) return refusal(404, "NotFound", `There is no service "${String(name)}".`);
  state.services = left;
  save();
  return { status: 204 };
}

const isOfARun = (kind: FaultKind | undefined): boolean => (RUN_FAULTS as readonly unknown[]).includes(kind);

function postFault(emulator: Emulator, body: unknown): Reply {
  const { kind, match, times, after = 0, afterSets } = (body ?? {}) as Partial<Fault>;
  if (!FAULT_KINDS.includes(kind as FaultKind))
    return refusal(400, "InvalidFault", `There is no fault "${kind}"; there are ${FAULT_KINDS.join(", ")}.`);
  if (times !== undefined && !(Number.isInteger(times) && times > 0))
    return refusal(400, "InvalidFault", "times is a whole number from 1 on.");
  if (!(Number.isInteger(after) && after >= 0))
    return refusal(400, "InvalidFault", "after is a whole number from 0 on.");
  if (afterSets !== undefined && !(Number.isInteger(afterSets) && afterSets >= 0 && isOfARun(kind)))
    return refusal(400, "InvalidFault", "afterSets is a whole number from 0 on, of an error that fails a run.");
  const fault: Fault = {
    kind: kind as FaultKind,
    match: match ?? {},
    times: times ?? 1,
    after,
    ...(afterSets !== undefined && { afterSets }),
  };
  emulator.state.faults = [...emulator.state.faults, fault];
  emulator.save();
  return { status: 201, body: fault };
}
