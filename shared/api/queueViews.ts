// Builds what the API shows of a VM's queue: which migrations are at DMS now, which wait in which order and about how
// long, and how much of the cap is used.
import { inLine, USUAL_PRIORITY, waitMinutes } from "../queue/queueOrder.ts";
import { type SlotKind, startsOf, type Ticket, type VmLimits, type VmQueue } from "../queue/vmQueue.ts";
import type { Place, QueueView, VmLine } from "./answers/queues.ts";

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
