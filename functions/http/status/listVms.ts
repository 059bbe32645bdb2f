// GET /vms: lists the VMs that have a queue, a line each. One whose row cannot be read is shown as unreadable, and does
// not hide the others.
import type { HttpHandler } from "@azure/functions";
import type { Vms } from "../../../shared/api/answers/queues.ts";
import { vmLine } from "../../../shared/api/queueViews.ts";
import type { Services } from "../../../shared/ports.ts";
import { endpoint } from "../endpoint.ts";
import { json } from "../respond.ts";

export const listVms = (services: Services): HttpHandler =>
  endpoint(services, "ListVms", async () => {
    const listed = await services.queues.list();
    const items: Vms["items"] = listed.map((one) =>
      "fault" in one
        ? { vm: one.vmKey, unreadable: one.fault.message }
        : vmLine(one.vmKey, one.queue, services.config.vm),
    );
    return json(200, { items });
  });
