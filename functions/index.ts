// Registers every function of the app with its trigger, route and handler. This file wires and does nothing else.
import { app } from "@azure/functions";
import * as df from "durable-functions";
import type { Services } from "../shared/ports.ts";
import { cutOver } from "./activities/cutOver.ts";
import { endRun } from "./activities/endRun.ts";
import { lookAtCancel } from "./activities/lookAtCancel.ts";
import { lookAtCutover } from "./activities/lookAtCutover.ts";
import { lookAtFolder } from "./activities/lookAtFolder.ts";
import { lookAtRestore } from "./activities/lookAtRestore.ts";
import { lookAtStart } from "./activities/lookAtStart.ts";
import { lookForSlot } from "./activities/lookForSlot.ts";
import { runPreflight } from "./activities/runPreflight.ts";
import { stallRun } from "./activities/stallRun.ts";
import { sweepPart } from "./activities/sweepPart.ts";
import { backupArrived } from "./blobs/backupArrived.ts";
import { backupPoisoned } from "./blobs/backupPoisoned.ts";
import { registerBlobReferences } from "./blobs/blobReference.ts";
import { backupDeleted } from "./events/backupDeleted.ts";
import { notifyTeams } from "./events/notifyTeams.ts";
import { deleteAssessment } from "./http/assessments/deleteAssessment.ts";
import { getAssessment } from "./http/assessments/getAssessment.ts";
import { getSizing } from "./http/assessments/getSizing.ts";
import { listAssessments } from "./http/assessments/listAssessments.ts";
import { publishAssessment } from "./http/assessments/publishAssessment.ts";
import { publishSizing } from "./http/assessments/publishSizing.ts";
import { acknowledgeFinding } from "./http/commands/acknowledgeFinding.ts";
import { cancelMigration } from "./http/commands/cancelMigration.ts";
import { getOperation } from "./http/commands/getOperation.ts";
import { preflightMigration } from "./http/commands/preflightMigration.ts";
import { requestCutover } from "./http/commands/requestCutover.ts";
import { restartMigration } from "./http/commands/restartMigration.ts";
import { resumeMigration } from "./http/commands/resumeMigration.ts";
import { startMigration } from "./http/commands/startMigration.ts";
import { changeMigration } from "./http/migrations/changeMigration.ts";
import { createMigration } from "./http/migrations/createMigration.ts";
import { forgetMigration } from "./http/migrations/forgetMigration.ts";
import { getChain } from "./http/migrations/getChain.ts";
import { getMigration } from "./http/migrations/getMigration.ts";
import { getPlan } from "./http/migrations/getPlan.ts";
import { getSourceOfMigration } from "./http/migrations/getSourceOfMigration.ts";
import { listAudit } from "./http/migrations/listAudit.ts";
import { listEvents } from "./http/migrations/listEvents.ts";
import { listFiles } from "./http/migrations/listFiles.ts";
import { listMigrations } from "./http/migrations/listMigrations.ts";
import { planFiles } from "./http/migrations/planFiles.ts";
import { createService } from "./http/services/createService.ts";
import { deleteServiceNode } from "./http/services/deleteServiceNode.ts";
import { getService } from "./http/services/getService.ts";
import { listServiceKeys } from "./http/services/listServiceKeys.ts";
import { listServiceNodes } from "./http/services/listServiceNodes.ts";
import { regenerateServiceKey } from "./http/services/regenerateServiceKey.ts";
import { getDiagnosis } from "./http/status/getDiagnosis.ts";
import { getHealth } from "./http/status/getHealth.ts";
import { getMetrics } from "./http/status/getMetrics.ts";
import { getOpenApi } from "./http/status/getOpenApi.ts";
import { getQueue } from "./http/status/getQueue.ts";
import { listVms } from "./http/status/listVms.ts";
import { pageAsset, statusPage } from "./http/status/statusPage.ts";
import { migrateDatabase } from "./orchestrators/migrateDatabase.ts";
import * as steps from "./orchestrators/steps.ts";
import { sweep } from "./orchestrators/sweep.ts";
import { sweepFolders } from "./timers/sweepFolders.ts";

/** Registers everything over these services; `answering` are those of HTTP requests, whose callers do not wait long. */
export function register(services: Services, answering: Services = services): void {
  const durable = { extraInputs: [df.input.durableClient()] };

  // Files: uploaded, given up, missed, deleted. BackupArrived takes no further binding: it would end deferral, and
  // download every backup.
  registerBlobReferences();
  app.storageBlob("BackupArrived", {
    path: "%BACKUPS_CONTAINER%/{path}",
    connection: "Backups",
    source: "EventGrid",
    sdkBinding: true,
    ...durable,
    handler: backupArrived(services),
  });
  app.storageQueue("BackupPoisoned", {
    queueName: "webjobs-blobtrigger-poison",
    connection: "Backups",
    ...durable,
    handler: backupPoisoned(services),
  });
  app.timer("SweepFolders", { schedule: "%SWEEP_SCHEDULE%", ...durable, handler: sweepFolders(services) });
  app.eventGrid("BackupDeleted", { ...durable, handler: backupDeleted(services) });

  // Notifications to people.
  app.eventGrid("NotifyTeams", { handler: notifyTeams(services) });
  // App Service authentication signs callers in before the host
  const api = { authLevel: "anonymous", ...durable } as const;
  app.http("StatusPage", { ...api, methods: ["GET"], route: "/", handler: statusPage(answering) });
  app.http("PageAsset", { ...api, methods: ["GET"], route: "assets/{file}", handler: pageAsset(answering) });
  app.http("GetHealth", { ...api, methods: ["GET"], route: "api/v1/health", handler: getHealth(answering) });
  app.http("GetOpenApi", {
    ...api,
    methods: ["GET"],
    route: "api/v1/openapi.json",
    handler: getOpenApi(answering),
  });
  app.http("GetDiagnosis", { ...api, methods: ["GET"], route: "api/v1/diagnosis", handler: getDiagnosis(answering) });
  app.http("CreateMigration", {
    ...api,
    methods: ["POST"],
    route: "api/v1/migrations",
    handler: createMigration(answering),
  });
  app.http("ListMigrations", {
    ...api,
    methods: ["GET"],
    route: "api/v1/migrations",
    handler: listMigrations(answering),
  });
  app.http("GetMigration", {
    ...api,
    methods: ["GET"],
    route: "api/v1/migrations/{id}",
    handler: getMigration(answering),
  });
  app.http("ChangeMigration", {
    ...api,
    methods: ["PATCH"],
    route: "api/v1/migrations/{id}",
    handler: changeMigration(answering),
  });
  app.http("ForgetMigration", {
    ...api,
    methods: ["DELETE"],
    route: "api/v1/migrations/{id}",
    handler: forgetMigration(answering),
  });
  app.http("ListFiles", {
    ...api,
    methods: ["GET"],
    route: "api/v1/migrations/{id}/files",
    handler: listFiles(answering),
  });
  app.http("GetPlan", { ...api, methods: ["GET"], route: "api/v1/migrations/{id}/plan", handler: getPlan(answering) });
  app.http("GetChain", {
    ...api,
    methods: ["GET"],
    route: "api/v1/migrations/{id}/chain",
    handler: getChain(answering),
  });
  app.http("PlanFiles", { ...api, methods: ["POST"], route: "api/v1/plan", handler: planFiles(answering) });
  app.http("ListEvents", {
    ...api,
    methods: ["GET"],
    route: "api/v1/migrations/{id}/events",
    handler: listEvents(answering),
  });
  app.http("ListAudit", {
    ...api,
    methods: ["GET"],
    route: "api/v1/migrations/{id}/audit",
    handler: listAudit(answering),
  });
  app.http("StartMigration", {
    ...api,
    methods: ["POST"],
    route: "api/v1/migrations/{id}/start",
    handler: startMigration(answering),
  });
  app.http("RequestCutover", {
    ...api,
    methods: ["POST"],
    route: "api/v1/migrations/{id}/cutover",
    handler: requestCutover(answering),
  });
  app.http("CancelMigration", {
    ...api,
    methods: ["POST"],
    route: "api/v1/migrations/{id}/cancel",
    handler: cancelMigration(answering),
  });
  app.http("RestartMigration", {
    ...api,
    methods: ["POST"],
    route: "api/v1/migrations/{id}/restart",
    handler: restartMigration(answering),
  });
  app.http("ResumeMigration", {
    ...api,
    methods: ["POST"],
    route: "api/v1/migrations/{id}/resume",
    handler: resumeMigration(answering),
  });
  app.http("PreflightMigration", {
    ...api,
    methods: ["POST"],
    route: "api/v1/migrations/{id}/preflight",
    handler: preflightMigration(answering),
  });
  app.http("PublishAssessment", {
    ...api,
    methods: ["POST"],
    route: "api/v1/assessments",
    handler: publishAssessment(answering),
  });
  app.http("ListAssessments", {
    ...api,
    methods: ["GET"],
    route: "api/v1/assessments",
    handler: listAssessments(answering),
  });
  app.http("PublishSizing", {
    ...api,
    methods: ["POST"],
    route: "api/v1/sizings",
    handler: publishSizing(answering),
  });
  app.http("GetSizing", {
    ...api,
    methods: ["GET"],
    route: "api/v1/assessments/{id}/sizing",
    handler: getSizing(answering),
  });
  app.http("GetAssessment", {
    ...api,
    methods: ["GET"],
    route: "api/v1/assessments/{id}",
    handler: getAssessment(answering),
  });
  app.http("DeleteAssessment", {
    ...api,
    methods: ["DELETE"],
    route: "api/v1/assessments/{id}",
    handler: deleteAssessment(answering),
  });
  app.http("GetSourceOfMigration", {
    ...api,
    methods: ["GET"],
    route: "api/v1/migrations/{id}/assessment",
    handler: getSourceOfMigration(answering),
  });
  app.http("AcknowledgeFinding", {
    ...api,
    methods: ["POST"],
    route: "api/v1/migrations/{id}/findings/{check}/acknowledge",
    handler: acknowledgeFinding(answering),
  });
  app.http("GetMetrics", { ...api, methods: ["GET"], route: "api/v1/metrics", handler: getMetrics(answering) });
  app.http("ListVms", { ...api, methods: ["GET"], route: "api/v1/vms", handler: listVms(answering) });
  app.http("GetQueue", { ...api, methods: ["GET"], route: "api/v1/vms/{name}/queue", handler: getQueue(answering) });
  app.http("GetService", {
    ...api,
    methods: ["GET"],
    route: "api/v1/services/{name}",
    handler: getService(answering),
  });
  app.http("CreateService", {
    ...api,
    methods: ["PUT"],
    route: "api/v1/services/{name}",
    handler: createService(answering),
  });
  app.http("ListServiceKeys", {
    ...api,
    methods: ["POST"],
    route: "api/v1/services/{name}/keys",
    handler: listServiceKeys(answering),
  });
  app.http("RegenerateServiceKey", {
    ...api,
    methods: ["POST"],
    route: "api/v1/services/{name}/keys/regenerate",
    handler: regenerateServiceKey(answering),
  });
  app.http("ListServiceNodes", {
    ...api,
    methods: ["GET"],
    route: "api/v1/services/{name}/nodes",
    handler: listServiceNodes(answering),
  });
  app.http("DeleteServiceNode", {
    ...api,
    methods: ["DELETE"],
    route: "api/v1/services/{name}/nodes/{node}",
    handler: deleteServiceNode(answering),
  });
  app.http("GetOperation", {
    ...api,
    methods: ["GET"],
    route: "api/v1/operations/{requestId}",
    handler: getOperation(answering),
  });

  // The orchestration of a migration, its watches and its activities.
  df.app.orchestration("MigrateDatabase", migrateDatabase);
  for (const { watchName, turn } of [
    steps.awaitChain,
    steps.awaitPreflight,
    steps.awaitSlot,
    steps.followStart,
    steps.followRestore,
    steps.followCutover,
    steps.followCancel,
  ])
    df.app.orchestration(watchName, turn);
  df.app.activity(steps.lookAtFolder.activityName, { handler: lookAtFolder(services) });
  df.app.activity(steps.runPreflight.activityName, { handler: runPreflight(services) });
  df.app.activity(steps.lookForSlot.activityName, { handler: lookForSlot(services) });
  df.app.activity(steps.lookAtStart.activityName, { handler: lookAtStart(services) });
  df.app.activity(steps.lookAtRestore.activityName, { handler: lookAtRestore(services) });
  df.app.activity(steps.cutOver.activityName, { handler: cutOver(services) });
  df.app.activity(steps.lookAtCutover.activityName, { handler: lookAtCutover(services) });
  df.app.activity(steps.lookAtCancel.activityName, { handler: lookAtCancel(services) });
  df.app.activity(steps.stallRun.activityName, { handler: stallRun(services) });
  df.app.activity(steps.endRun.activityName, { handler: endRun(services) });

  // The sweep, which SweepFolders starts.
  df.app.orchestration("Sweep", sweep);
  df.app.activity(steps.sweepPart.activityName, { ...durable, handler: sweepPart(services) });
}
