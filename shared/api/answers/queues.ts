// Describes how the queues of VMs are answered: a line for each VM, and everything about one.
import { z } from "zod";
import { SLOT_KINDS } from "../../queue/vmQueue.ts";
import { component, count, flag, list, maybe, moment, text } from "../shapes.ts";

const OF_A_VM = {
  vm: text("Key of the VM in these routes: its name, and what tells VMs of one name apart"),
  sqlVmResourceId: maybe("ARM id; absent where nobody has asked since it is kept"),
  waitingForStart: count(),
  waitingForCutover: count(),
  onVm: count("Started and not over, those that wait for their cutover among them"),
  counted: count("For the cap since the last pause, databases outside sqlferry among them"),
  maxDatabases: count("VM_MAX_DATABASES: after so many all have to be over, and the VM rests"),
  cooldownUntil: maybe("UTC; no start before it"),
};

const VmLine = component("VmLine", z.object(OF_A_VM));
export type VmLine = z.infer<typeof VmLine>;

const UnreadableVm = component(
  "UnreadableVm",
  z.object({ vm: OF_A_VM.vm, unreadable: text("Why") }).describe("Its row cannot be read"),
);

export const Vms = component("Vms", z.object({ items: list(z.union([VmLine, UnreadableVm])) }));
export type Vms = z.infer<typeof Vms>;

const OF_A_PLACE = { migrationId: text(), run: z.int().min(1), since: moment() };
const Place = component("PlaceOnVm", z.object(OF_A_PLACE));
export type Place = z.infer<typeof Place>;

const Waiting = component(
  "WaitingForVm",
  z.object({
    ...OF_A_PLACE,
    kind: z.enum(SLOT_KINDS),
    position: z.int().min(1).describe("1: the next of its kind"),
    priority: z.int().min(0).max(100).describe("The higher first"),
    wave: z.int().min(0).describe("The lower first; absent: after all waves").exactOptional(),
    isRetried: flag("It has had a turn that came to nothing, and goes behind those that have had none"),
    expectedMinutes: count("As long as each turn takes as usual; absent where nobody knows").exactOptional(),
  }),
);

export const QueueView = component(
  "Queue",
  z.object({
    ...OF_A_VM,
    cooldownMinutes: count("VM_COOLDOWN_MINUTES"),
    starting: Place.describe("DMS is at its start; absent: at nobody's").exactOptional(),
    cuttingOver: Place.describe("DMS is at its cutover; absent: at nobody's").exactOptional(),
    waiting: list(Waiting, "In the order of their turns, cutovers first"),
    restoring: list(Place, "Started, and at no turn"),
    elsewhere: list(z.string(), "Databases that DMS was seen to restore for somebody else since the last pause"),
  }),
);
export type QueueView = z.infer<typeof QueueView>;
