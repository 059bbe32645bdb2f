// A run ends early: is what it started at DMS stopped? One turn of FollowCancel.
import { isOver, type RunEnd } from "../../shared/migration/migration.ts";
import { moveTo } from "../../shared/migration/transitions.ts";
import type { Services } from "../../shared/services.ts";
import { decideInRun, factsOf } from "../decide.ts";
import { nextLook } from "../nextLook.ts";
import type { StepHandler } from "../orchestrators/step.ts";
import type * as steps from "../orchestrators/steps.ts";
import { ownershipOf } from "./ownOperation.ts";
import { isOpen } from "./wishes.ts";

export const lookAtCancel =
  (services: Services): StepHandler<typeof steps.lookAtCancel> =>
  async ({ migrationId, run, end, watch }, log) => {
    const { migrations, engine } = services;
    await migrations.listen(migrationId, watch);
    const { migration, wishes } = await factsOf(services, migrationId);
    const { target, request } = migration;
    if (isOver(migration, run) || !target || !request) return { end }; // nothing was asked of DMS in this run

    const seen = await engine.observe(target);
    if (seen.kind === "unavailable")
      return nextLook(services, { migration, retryAfterSeconds: seen.failure.retryAfterSeconds });
    const unnamed = migration.operationId === undefined;
    const whose = unnamed ? ownershipOf(request, seen, services.clock.now()) : undefined;
    if (whose === "notShownYet") return nextLook(services, { migration });
    if (seen.kind === "absent") return { end };
    const { operation } = seen;
    const isOurs = unnamed ? whose === "ours" : operation.operationId === migration.operationId;
    if (!isOurs || operation.phase === "failed" || operation.phase === "canceled") return { end };
    if (operation.phase === "succeeded") return { end: { end: "succeeded" } satisfies RunEnd }; // the cutover won the race

    // DMS itself showed it as canceled, and shows it running now: nothing stops it but a person's word
    if (!isOpen(wishes.cancel, run))
      throw new Error(`DMS no longer shows the operation of "${migrationId}" as canceled.`);
    await decideInRun<void>(services, log, migrationId, run, ({ migration: current }) =>
      current.state === "canceling"
        ? { answer: undefined }
        : {
            change: { migration: moveTo(current, "canceling", services.clock.now().toISOString()) },
            answer: undefined,
          },
    );
    // whatever it answers, the next look sees what became of it
    if (operation.canCancel && operation.operationId !== undefined) await engine.cancel(target, operation.operationId);
    return nextLook(services, { migration: { ...migration, state: "canceling" } });
  };
