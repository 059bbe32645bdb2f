// Lists the event subscriptions that infra/ creates in Azure, as data.

export interface Subscription {
  readonly name: string;
  /** blobs: the system topic of the storage account. events: sqlferry's own topic. */
  readonly topic: "blobs" | "events";
  /** Absent: every type. */
  readonly eventTypes?: readonly string[];
  /** Webhook of the Functions host. */
  readonly path: string;
}

export const SUBSCRIPTIONS: readonly Subscription[] = [
  {
    name: "backup-arrived",
    topic: "blobs",
    eventTypes: ["Microsoft.Storage.BlobCreated"],
    path: "/runtime/webhooks/blobs?functionName=Host.Functions.BackupArrived",
  },
  {
    name: "backup-deleted",
    topic: "blobs",
    eventTypes: ["Microsoft.Storage.BlobDeleted"],
    path: "/runtime/webhooks/EventGrid?functionName=BackupDeleted",
  },
  { name: "notify-teams", topic: "events", path: "/runtime/webhooks/EventGrid?functionName=NotifyTeams" },
];

/** The subscriptions of a topic that want an event of this type. */
export const interestedIn = (
  subscriptions: readonly Subscription[],
  topic: Subscription["topic"],
  eventType: string,
): readonly Subscription[] =>
  subscriptions.filter(
    (subscription) => subscription.topic === topic && (subscription.eventTypes?.includes(eventType) ?? true),
  );
