// Finds what works with the database at the source and does not move along: replicas, shipping, replication, capture,
// queues.
import { type DatabaseRule, fine, flagged, found, ifSeen, listed, named, notLookedAt } from "../finding.ts";

const GROUP_REMEDY =
  "Fix the preference while migrating: ALTER AVAILABILITY GROUP [its name] SET (AUTOMATED_BACKUP_PREFERENCE = PRIMARY). " +
  "Build the group anew on the VMs.";

export const COMPANION_RULES: readonly DatabaseRule[] = [
  {
    id: "S50",
    title: "Availability group",
    severity: "act",
    why: "Log backups may come from any replica, and the chain needs them all. A group does not move in a backup.",
    remedy: GROUP_REMEDY,
    sources: ["toVm"],
    judge: ({ availabilityGroup: group }) => {
      if (group === undefined) return notLookedAt;
      if (group === null) return fine("in none");
      return found(`in ${group.group}, backups prefer ${group.backupPreference}`, {
        objects: group.replicas,
        remedy: named(GROUP_REMEDY, group.group),
      });
    },
  },
  {
    id: "S51",
    title: "Mirroring",
    severity: "act",
    why: "Only the principal is backed up, and mirroring ends with the move.",
    remedy: "After the cutover: ALTER DATABASE {name} SET PARTNER OFF.",
    sources: ["toVm"],
    judge: ({ mirroring }) =>
      ifSeen(mirroring, (its) => (its === null ? fine("not mirrored") : found(its.role, { objects: [its.partner] }))),
  },
  {
    id: "S52",
    title: "Log shipping",
    severity: "act",
    why: "Its job takes the log backups: they are the chain. A secondary is no source.",
    remedy: "Drop the files of its job into sqlferry, and never run a second log job. Migrate the primary.",
    sources: ["toVm"],
    judge: ({ logShipping }) => ifSeen(logShipping, (role) => (role === null ? fine("not shipped") : found(role))),
  },
  {
    id: "S53",
    title: "Replication",
    severity: "act",
    why: "A restore on another server without KEEP_REPLICATION loses its settings.",
    remedy: "Script publications and subscriptions, and set them up on the VM.",
    sources: ["restore", "metadata"],
    judge: ({ replication }) => listed(replication, "none", () => (replication ?? []).join(", ")),
  },
  {
    id: "S54",
    title: "Change data capture",
    severity: "act",
    why: "A restore on another server without KEEP_CDC removes it, and its jobs do not move.",
    remedy: "On the VM: USE {name}; EXEC sys.sp_cdc_enable_db; then each table. Consumers start from a new LSN.",
    sources: ["restore"],
    judge: ({ hasChangeDataCapture }) => flagged(hasChangeDataCapture, "off", "on"),
  },
  {
    id: "S55",
    title: "Change tracking",
    severity: "info",
    why: "It stays on, and clients keep their versions.",
    remedy: "Test one client's synchronization against the VM.",
    sources: ["metadata"],
    judge: ({ hasChangeTracking }) => flagged(hasChangeTracking, "off", "on"),
  },
  {
    id: "S56",
    title: "Service Broker",
    severity: "act",
    why: "Delivery is off after a restore, and routes name the old host.",
    remedy: "On the VM: ALTER DATABASE {name} SET ENABLE_BROKER; create routes and the endpoint anew.",
    sources: ["restore", "metadata"],
    judge: ({ broker }) => {
      if (broker === undefined) return notLookedAt;
      const used = [...broker.queues, ...broker.routes];
      if (!broker.isEnabled) return fine("off");
      return used.length > 0
        ? found(`on, ${used.length} queues and routes`, { objects: used })
        : fine("on, and unused");
    },
  },
];
