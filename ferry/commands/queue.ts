// Implements `ferry queue`: shows which VMs have a queue, or of one who is at DMS and who waits in which order.
import type { Place, QueueView, Vms } from "../../shared/api/answers/queues.ts";
import { type Api, apiOf } from "../api.ts";
import { API_OPTIONS, type Command } from "../command.ts";
import { EXIT, FerryError } from "../exit.ts";
import { didYouMean } from "../exports/nearest.ts";
import { countOf, print, printable, printJson, table, utcText } from "../print/print.ts";

type Vm = Vms["items"][number];

export const queue: Command = {
  usage: "queue [VM] [--json]",
  summary: "the VMs and how full they are; of one VM who is at its start or cutover, and who waits in which order",
  options: API_OPTIONS,
  run: async (given) => {
    const api = apiOf(given);
    const [wanted] = given.operands;
    const shown = wanted === undefined ? await api.get<Vms>("/vms") : await queueOf(api, wanted);
    if (given.flag("json")) printJson("items" in shown ? shown.items : shown);
    else print("items" in shown ? vmTable(shown.items) : queueText(shown));
    return EXIT.done;
  },
};

/** By the key of the list, or by the VM's name where only one VM has it. */
async function queueOf(api: Api, wanted: string): Promise<QueueView> {
  const { items } = await api.get<Vms>("/vms");
  const asked = wanted.toLowerCase();
  const named = ({ vm }: Vm) => vm.replace(/-[0-9a-f]{8}$/, "");
  const found = items.filter((one) => one.vm === asked || named(one) === asked);
  const [only] = found;
  if (only === undefined) {
    const hint = didYouMean(asked, items.map(named));
    throw new FerryError(EXIT.notFound, `No VM "${wanted}" has a queue.${hint} ferry queue shows those that have one.`);
  }
  if (found.length > 1)
    throw new FerryError(EXIT.usage, `Several VMs are called "${wanted}": ${found.map(({ vm }) => vm).join(", ")}.`);
  return api.get<QueueView>(`/vms/${only.vm}/queue`);
}

const vmTable = (items: readonly Vm[]): string =>
  table(
    ["VM", "on the VM", "wait to start", "wait to cut over", "starts", "rests until"],
    items.map((one) =>
      "unreadable" in one
        ? [one.vm, `cannot be read: ${one.unreadable}`]
        : [
            one.vm,
            String(one.onVm),
            String(one.waitingForStart),
            String(one.waitingForCutover),
            `${one.counted} of ${one.maxDatabases}`,
            utcText(one.cooldownUntil),
          ],
    ),
  );

function queueText(view: QueueView): string {
  const { counted, maxDatabases, cooldownMinutes, cooldownUntil, starting, cuttingOver } = view;
  const rest =
    cooldownUntil === undefined
      ? `then all have to be over, and it rests ${cooldownMinutes} minutes`
      : `it rests until ${utcText(cooldownUntil)}`;
  const at = (what: string, place: Place | undefined) =>
    `${what}: ${place ? `${place.migrationId} since ${utcText(place.since)}` : "nobody"}`;
  const byHand = view.elsewhere.length > 0 ? [`started outside sqlferry: ${view.elsewhere.join(", ")}`] : [];
  return [
    ...[`VM ${view.vm}: ${counted} of ${countOf(maxDatabases, "start")}, ${rest}`, at("starting", starting)].map(
      printable,
    ),
    ...[at("cutting over", cuttingOver), `on the VM: ${countOf(view.onVm, "database")}`, ...byHand].map(printable),
    "",
    view.waiting.length === 0 ? "Nobody waits." : waitingTable(view),
  ].join("\n");
}

const waitingTable = ({ waiting }: QueueView): string =>
  table(
    ["turn", "of", "priority", "wave", "since", "in about", "migration"],
    waiting.map(({ kind, position, priority, wave, since, expectedMinutes, isRetried, migrationId }) => [
      String(position),
      kind,
      String(priority),
      wave === undefined ? "" : String(wave),
      utcText(since),
      expectedMinutes === undefined ? "" : `${expectedMinutes} min`,
      isRetried ? `${migrationId} (tried before)` : migrationId,
    ]),
  );
