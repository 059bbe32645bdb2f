// Finds the keys that the database needs and its backups do not carry.

import type { DatabaseFacts } from "../facts.ts";
import {
  counted,
  type DatabaseRule,
  fine,
  flagged,
  found,
  type Judgement,
  listed,
  named,
  notLookedAt,
  unknown,
} from "../finding.ts";
import { countOf } from "./backupRules.ts";

const CERTIFICATE_REMEDY =
  "On the source: SELECT name, thumbprint FROM master.sys.certificates; USE master; BACKUP CERTIFICATE [its name] TO FILE = 'tde.cer' " +
  "WITH PRIVATE KEY (FILE = 'tde.pvk', ENCRYPTION BY PASSWORD = '...'). On the VM: CREATE MASTER KEY where there is none, then " +
  "CREATE CERTIFICATE [its name] FROM FILE = 'tde.cer' WITH PRIVATE KEY (FILE = 'tde.pvk', DECRYPTION BY PASSWORD = '...').";

/** While the key is there, backups hold it, and the log may be encrypted in parts: a restore asks for what opens it. */
const DROP_KEY_REMEDY =
  "USE {name}; DROP DATABASE ENCRYPTION KEY; then a new full backup into a file of its own begins the chain.";

export const ENCRYPTION_RULES: readonly DatabaseRule[] = [
  {
    id: "S10",
    title: "TDE certificate",
    severity: "blocks",
    why: "Without the certificate the restore cannot open the database, and DMS does not carry it to a VM.",
    remedy: CERTIFICATE_REMEDY,
    sqlErrors: [33111],
    sources: ["dmsIssues", "tde"],
    judge: ({ encryption }) => {
      if (encryption === undefined) return notLookedAt;
      if (encryption === null) return fine("not encrypted");
      if (encryption.encryptor === "key provider") return fine("by a key provider, see S11");
      const { thumbprints, encryptorName, isOff } = encryption;
      const by = encryptorName === undefined ? "" : ` by ${encryptorName}`;
      const remedy = named(CERTIFICATE_REMEDY, encryptorName ?? "its name");
      return found(isOff ? `off, and the key that was encrypted${by} is still there` : `encrypted${by}`, {
        objects: thumbprints.map((one) => `0x${one}`),
        remedy: isOff ? `${DROP_KEY_REMEDY} Or carry the certificate over. ${remedy}` : remedy,
      });
    },
  },
  {
    id: "S11",
    title: "TDE by a key provider",
    severity: "blocks",
    why: "The VM needs the same provider, credential and key.",
    remedy:
      "Set up the provider on the VM (for Azure Key Vault its connector), or encrypt by a certificate before the full backup: " +
      "USE {name}; ALTER DATABASE ENCRYPTION KEY ENCRYPTION BY SERVER CERTIFICATE [its name].",
    sources: ["tde"],
    judge: ({ encryption }) => {
      if (encryption === undefined) return notLookedAt;
      if (encryption === null) return fine("not encrypted");
      if (encryption.encryptor === undefined) return unknown("encrypted; by what is not known");
      if (encryption.encryptor === "certificate") return fine("by a certificate, see S10");
      const by = encryption.encryptorName ?? "an asymmetric key";
      return encryption.isOff
        ? found(`off, and the key that was encrypted by ${by} is still there`, { remedy: DROP_KEY_REMEDY })
        : found(by);
    },
  },
  {
    id: "S12",
    title: "Encryption under way",
    severity: "act",
    why: "Backups around a change of keys may need two certificates.",
    remedy: "Wait until it has ended: SELECT percent_complete FROM sys.dm_database_encryption_keys.",
    sources: ["tde"],
    judge: ({ encryption }) => {
      if (encryption === undefined || encryption?.percentComplete === undefined)
        return encryption === null ? fine("not encrypted") : notLookedAt;
      return encryption.percentComplete === null
        ? fine("not under way")
        : found(`${encryption.percentComplete} percent done`);
    },
  },
  {
    id: "S13",
    title: "Encrypted backups",
    severity: "blocks",
    why: "Nobody can read the media without the key, sqlferry included, and DMS fails.",
    remedy: "Back up without ENCRYPTION: BACKUP DATABASE {name} TO DISK = '...' WITH CHECKSUM, into a new file.",
    sqlErrors: [33111],
    sources: ["backupEncryption"],
    judge: encryptedBackups,
  },
  {
    id: "S14",
    title: "Database master key",
    severity: "act",
    why: "The VM has another service master key: what the database's master key protects does not open there.",
    remedy:
      "Have its password ready. On the VM: USE {name}; OPEN MASTER KEY DECRYPTION BY PASSWORD = '...'; " +
      "ALTER MASTER KEY ADD ENCRYPTION BY SERVICE MASTER KEY.",
    sqlErrors: [15581],
    sources: ["metadata"],
    judge: ({ masterKey }) => flagged(masterKey, "none", "encrypted by the server"),
  },
  {
    id: "S15",
    title: "Always Encrypted",
    severity: "info",
    why: "The keys are with the clients and move with their connection strings only.",
    remedy: "Check that the clients find their key store from the new place.",
    sources: ["alwaysEncrypted"],
    judge: ({ columnMasterKeys }) => listed(columnMasterKeys, "none", (count) => counted(count, "column master key")),
  },
];

function encryptedBackups({ backups }: DatabaseFacts): Judgement {
  if (backups === undefined || backups.sets.length === 0) return notLookedAt;
  const encrypted = backups.sets.filter(({ isEncrypted }) => isEncrypted === true);
  const all = countOf(backups.sets);
  if (encrypted.length > 0) {
    const thumbprints = encrypted.flatMap(({ thumbprint }) => (thumbprint === undefined ? [] : [`0x${thumbprint}`]));
    const files = encrypted.flatMap(({ file }) => file ?? []);
    return found(`${countOf(encrypted)} of ${all}`, {
      objects: [...new Set([...thumbprints, ...files])],
    });
  }
  if (backups.sets.some(({ isEncrypted }) => isEncrypted === undefined)) return notLookedAt;
  return fine(`none of ${all}`);
}
