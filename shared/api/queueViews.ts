// Builds what the API shows of a VM's queue: who is at DMS now, who waits in which order and about how long, and how far the cap is.
import { inLine, type Rank, USUAL_PRIORITY, waitMinutes } from "../queue/queueOrder.ts";
import { type SlotKind, startsOf, type Ticket, type VmLimits, type VmQueue } from "../queue/vmQueue.ts";

/** What the API shows of a VM whose row cannot be read, instead of everything else. */
export interface UnreadableVm {
  /** Key of the VM in these routes: its name, and what tells VMs of one name apart. */
  readonly vm: string;
  readonly unreadable: string;
}

/** GET /vms, one item. */
export interface VmLine {
  readonly vm: string;
  /** ARM id; absent where nobody has asked since it is kept. */
  readonly sqlVmResourceId?: string;
  /** How many wait for their start, and for their cutover. */
  readonly waitingForStart: number;
  readonly waitingForCutover: number;
  /** Started and not over, those that wait for their cutover among them. */
  readonly onVm: number;
  /** Counted for the cap since the last pause, those outside sqlferry among them. */
  readonly counted: number;
  readonly maxDatabases: number;
  /** UTC; no start before it. */
  readonly cooldownUntil?: string;
}

/** GET /vms/{name}/queue. */
export interface QueueView extends VmLine {
  readonly cooldownMinutes: number;
  /** DMS takes one of each at a time; absent: nobody is at it. */
  readonly starting?: Place;
  readonly cuttingOver?: Place;
  /** In the order of their turns, cutovers first. */
  readonly waiting: readonly Waiting[];
  readonly restoring: readonly Place[];
  /** Databases that DMS was seen to restore for somebody else since the last pause. */
  readonly elsewhere: readonly string[];
}

interface Place extends Pick<Ticket, "migrationId" | "run" | "since"> {}

interface Waiting extends Place, Rank {
  readonly kind: SlotKind;
  readonly priority: number;
  /** 1: the next of its kind. */
  readonly position: number;
  /** It has had a turn that came to nothing, and goes behind those that have had none. */
  readonly isRetried: boolean;
  /** As long as each turn takes as usual; absent while the VM takes no start and it is not known how long. */
  readonly expectedMinutes?: number;
}

export function vmLine(vm: string, queue: VmQueue, { maxDatabases }: VmLimits): VmLine {
  const { tickets, sqlVmResourceId, cooldownUntil } = queue;
  const waiting = (kind: SlotKind) => tickets.filter((one) => one.status === "waiting" && one.kind === kind).length;
  return {
    vm,
    ...(sqlVmResourceId !== undefined && { sqlVmResourceId }),
    waitingForStart: waiting("start"),
    waitingForCutover: waiting("cutover"),
    onVm: tickets.length - waiting("start"),
    counted: startsOf(queue),
    maxDatabases,
    ...(cooldownUntil !== undefined && { cooldownUntil }),
  };
}

export function queueView(vm: string, queue: VmQueue, limits: VmLimits, now: Date): QueueView {
  const { tickets, elsewhere = [] } = queue;
  const holder = (kind: SlotKind) => tickets.find((one) => one.status === "holding" && one.kind === kind);
  const [starting, cuttingOver] = [holder("start"), holder("cutover")];
  const line = inLine(queue);
  const isFull = startsOf(queue) >= limits.maxDatabases && queue.cooldownUntil === undefined;
  const positionOf = (mine: Ticket) => line.filter(({ kind }) => kind === mine.kind).indexOf(mine) + 1;
  return {
    ...vmLine(vm, queue, limits),
    cooldownMinutes: limits.cooldownMinutes,
    ...(starting && { starting: placeOf(starting) }),
    ...(cuttingOver && { cuttingOver: placeOf(cuttingOver) }),
    waiting: line.map((ticket) => ({
      ...placeOf(ticket),
      kind: ticket.kind,
      position: positionOf(ticket),
      priority: ticket.priority ?? USUAL_PRIORITY,
      ...(ticket.wave !== undefined && { wave: ticket.wave }),
      isRetried: ticket.isRetried === true,
      ...(!(isFull && ticket.kind === "start") && {
        expectedMinutes: Math.ceil(waitMinutes(queue, ticket.migrationId, now)),
      }),
    })),
    restoring: tickets.filter(({ status }) => status === "restoring").map(placeOf),
    elsewhere,
  };
}

const placeOf = ({ migrationId, run, since }: Ticket): Place => ({ migrationId, run, since });
