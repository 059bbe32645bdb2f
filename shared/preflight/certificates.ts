// Finds the certificates that the target needs before it can restore these backups. Check P19: TDE, and what was taken
// WITH ENCRYPTION.
import type { BackupSetHeader, Tde } from "../backup/backupHeader.ts";
import type { BackupRecord } from "../chain/backupRecord.ts";
import { type Finding, NO_PLAN } from "./check.ts";

/** Said of everything here until a backup of each kind has been seen. */
const INFERRED = "Inferred from what the format holds, not yet confirmed by such a backup.";

/** What is observed where something stands in the place of TDE that is not understood. */
export const TDE_OR_UNKNOWN = "TDE or unknown";

/** `sets` are those of the plan; `records` all files, named by `named`. */
export function certificates(
  sets: readonly BackupSetHeader[],
  records: readonly BackupRecord[],
  named: (records: readonly BackupRecord[]) => string,
): Finding {
  const unreadable = records.filter(
    ({ content }) => content.kind === "unreadable" && content.code === "ENCRYPTED_MEDIA",
  );
  const found = sets.map(({ tde }) => tde);
  const needed = [
    ...(found.some((tde) => tde?.state === "encrypted") ? [ofEncrypted(found)] : []),
    ...(unreadable.length > 0 ? [ofUnreadable(unreadable, named)] : []),
  ];
  if (needed.length > 0) return together(needed);
  if (found.length === 0) return NO_PLAN;
  if (found.every((tde) => tde?.state === "none"))
    return {
      outcome: "pass",
      observed: "no sign of TDE",
      message: `No backup of the plan shows that the database is encrypted (TDE). ${INFERRED}`,
    };
  return {
    outcome: "unknown",
    observed: found.some((tde) => tde?.state === "unknown") ? TDE_OR_UNKNOWN : "not read",
    message: "Whether the database is encrypted (TDE) cannot be told from these backups.",
    remedy: ASK_THE_SOURCE,
  };
}

/** The plan's certificate and those of files that are not used: a target needs to know of both. */
function together(findings: readonly Finding[]): Finding {
  const remedy = findings.flatMap((finding) => finding.remedy ?? []).join(" ");
  return {
    outcome: "warn",
    observed: findings.map(({ observed }) => observed).join("; "),
    message: findings.map(({ message }) => message).join(" "),
    ...(remedy !== "" && { remedy }),
  };
}

function ofEncrypted(found: readonly (Tde | undefined)[]): Finding {
  const thumbprints = unique(found.flatMap((tde) => tde?.thumbprints ?? []));
  if (thumbprints.length === 0)
    return {
      outcome: "warn",
      observed: "TDE, thumbprint not found",
      message: `The database is encrypted (TDE): the target needs its certificate before the first restore. ${INFERRED}`,
      remedy: ASK_THE_SOURCE,
    };
  return {
    outcome: "warn",
    observed: `TDE, ${inHex(thumbprints)}`,
    message: `The database is encrypted (TDE): the target needs the certificate with the thumbprint ${inHex(thumbprints)} before the first restore. ${INFERRED}`,
    remedy: moved(thumbprints),
  };
}

function ofUnreadable(records: readonly BackupRecord[], named: (records: readonly BackupRecord[]) => string): Finding {
  const media = records.flatMap(({ content }) => (content.kind === "unreadable" ? (content.encrypted ?? []) : []));
  const ofTde = unique(media.flatMap(({ tdeThumbprint }) => tdeThumbprint ?? []));
  const ofBackups = unique(media.flatMap(({ encryptorThumbprint }) => encryptorThumbprint ?? []));
  return {
    outcome: "warn",
    observed: [`${records.length} encrypted`, ...(ofTde.length > 0 ? [`TDE, ${inHex(ofTde)}`] : [])].join(", "),
    message: [
      `Encrypted, and not used: ${named(records)}.`,
      ...(ofBackups.length > 0 ? [`Taken WITH ENCRYPTION by the certificate ${inHex(ofBackups)}, probably.`] : []),
      ...(ofTde.length > 0 ? [`The database is encrypted (TDE) by the certificate ${inHex(ofTde)}, probably.`] : []),
    ].join(" "),
    ...(ofTde.length > 0 && {
      remedy: `Take the backups WITH NO_COMPRESSION. ${moved(ofTde)}`,
    }),
  };
}

/** Which certificate it is, where the backups do not tell; without a row the database is not encrypted by one. */
const ASK_THE_SOURCE =
  "On the source, SELECT DB_NAME(k.database_id), c.name, c.thumbprint FROM sys.dm_database_encryption_keys AS k " +
  "JOIN master.sys.certificates AS c ON c.thumbprint = k.encryptor_thumbprint tells whether there is a certificate, " +
  "and its name. If so, back it up with its private key and create it on the VM before the start.";

/** The statements that bring a certificate with its private key to the VM. */
const moved = (thumbprints: readonly string[]): string =>
  [
    `On the source, SELECT name FROM master.sys.certificates WHERE thumbprint IN (${inHex(thumbprints)}) tells the name;`,
    "USE master; BACKUP CERTIFICATE [name] TO FILE = 'tde.cer' WITH PRIVATE KEY (FILE = 'tde.pvk', ENCRYPTION BY PASSWORD = '...').",
    "On the VM: USE master; CREATE MASTER KEY ENCRYPTION BY PASSWORD = '...' where there is none;",
    "CREATE CERTIFICATE [name] FROM FILE = 'tde.cer' WITH PRIVATE KEY (FILE = 'tde.pvk', DECRYPTION BY PASSWORD = '...').",
  ].join(" ");

const inHex = (thumbprints: readonly string[]): string => thumbprints.map((one) => `0x${one}`).join(", ");

const unique = (thumbprints: readonly string[]): readonly string[] => [...new Set(thumbprints)];
