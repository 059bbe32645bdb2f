// Reads what an encrypted container tells without its key: probably its certificates' thumbprints, and what its
// filemarks say (backup-format-additions, sections 4 and 5).
import type { EncryptedMedia } from "../backupHeader.ts";
import type { Cursor } from "../cursor.ts";
import type { ClosedFile } from "../tape/filemarks.ts";
import { DESCRIPTOR_KEY, descriptorAt } from "../tape/tde.ts";
import { withoutAbsent } from "../withoutAbsent.ts";
import { type Container, FLAG_ENCRYPTED, FLAGS_TDE } from "./container.ts";

/** Where thumbprint and key of WITH ENCRYPTION begin, and those of TDE. */
const ENCRYPTOR = 0x14;
const TDE_ENCRYPTOR = 0x1fc;

/** Where keys and thumbprints stand: how long they are. */
export const LENGTHS_OF_KEYS = [ENCRYPTOR, TDE_ENCRYPTOR].flatMap((at) => [at, at + DESCRIPTOR_KEY]);

/** Nothing but the container's header can be read. */
export const isEncrypted = ({ flags }: Container): boolean => (flags & (FLAG_ENCRYPTED | FLAGS_TDE)) !== 0;

export function encryptedMediaOf(head: Cursor, { flags }: Container, closed: ClosedFile | undefined): EncryptedMedia {
  const isBackupEncrypted = (flags & FLAG_ENCRYPTED) !== 0;
  const isTde = (flags & FLAGS_TDE) !== 0;
  return withoutAbsent<EncryptedMedia>({
    isBackupEncrypted,
    isTde,
    encryptorThumbprint: isBackupEncrypted ? descriptorAt(head, ENCRYPTOR) : undefined,
    tdeThumbprint: isTde ? descriptorAt(head, TDE_ENCRYPTOR) : undefined,
    isComplete: closed !== undefined,
    backupSetCount: closed?.backupSetCount,
    blockSize: closed?.blockSize,
  });
}

/** For the message. */
export function describeEncrypted(media: EncryptedMedia, size: number): string {
  const { isBackupEncrypted, isTde, encryptorThumbprint, tdeThumbprint, backupSetCount, blockSize } = media;
  const kinds = [isBackupEncrypted && "WITH ENCRYPTION", isTde && "TDE compressed by SQL Server 2016 or later"];
  return [
    kinds.filter(Boolean).join(", "),
    media.isComplete
      ? `complete, ${backupSetCount} backup set${backupSetCount === 1 ? "" : "s"}, block size ${blockSize}`
      : "incomplete: no filemark at the end",
    `${size} bytes`,
    ...(encryptorThumbprint ? [`certificate probably 0x${encryptorThumbprint}`] : []),
    ...(tdeThumbprint ? [`TDE certificate probably 0x${tdeThumbprint}`] : []),
  ].join(", ");
}
