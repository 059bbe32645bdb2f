// GET /vms/{name}/queue: returns which migrations are at DMS on a VM, which wait in which order, and how much of its
// cap is used. `name` is the one in GET /vms.
import type { HttpHandler } from "@azure/functions";
import { queueView } from "../../../shared/api/queueViews.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";
import { json } from "../respond.ts";

/** Keys are made of these characters only; anything else is simply not found. */
const VM_KEY = /^[a-z0-9-]{1,64}$/;

export const getQueue = (services: Services): HttpHandler =>
  endpoint(services, "GetQueue", async ({ request }) => {
    const vm = request.params["name"] ?? "";
    const found = VM_KEY.test(vm) ? await services.queues.load(vm) : undefined;
    if (found?.version === undefined)
      return {
        problem: "not-found",
        detail: `No database has asked for a turn on a VM "${vm.slice(0, 64)}". GET /api/v1/vms lists those that there are.`,
      };
    return json(200, queueView(vm, found.queue, services.config.vm, services.clock.now()));
  });
