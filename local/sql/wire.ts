// Reads and writes the messages of TDS 7.4 as a server does: packets, pre-login, login, result sets, errors (MS-TDS
// 2.2).

/** MS-TDS 2.2.3.1.1. */
export const PACKET = {
  batch: 0x01,
  reply: 0x04,
  attention: 0x06,
  federatedToken: 0x08,
  login: 0x10,
  sspi: 0x11,
  preLogin: 0x12,
} as const;

export interface Message {
  readonly type: number;
  readonly body: Buffer;
}

const HEADER = 8;
const PACKET_SIZE = 4096;

/** Splits a body into packets of one message. */
export function packets(type: number, body: Buffer): Buffer {
  const room = PACKET_SIZE - HEADER;
  const count = Math.max(1, Math.ceil(body.length / room));
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => {
      const piece = body.subarray(index * room, (index + 1) * room);
      const header = Buffer.alloc(HEADER);
      header[0] = type;
      header[1] = index === count - 1 ? 1 : 0;
      header.writeUInt16BE(piece.length + HEADER, 2);
      header[6] = (index + 1) & 0xff;
      return Buffer.concat([header, piece]);
    }),
  );
}

/** Takes bytes as they come, gives whole messages. */
export function messageReader(onMessage: (message: Message) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  let bodies: Buffer[] = [];
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= HEADER && pending.length >= pending.readUInt16BE(2)) {
      const length = Math.max(HEADER, pending.readUInt16BE(2));
      const [type = 0, status = 0] = pending;
      bodies.push(pending.subarray(HEADER, length));
      pending = pending.subarray(length);
      if ((status & 1) === 0) continue;
      const body = Buffer.concat(bodies);
      bodies = [];
      onMessage({ type, body });
    }
  };
}

const PRELOGIN = { version: 0, encryption: 1, instance: 2, thread: 3, mars: 4, end: 0xff } as const;
export const ENCRYPTION = { on: 1, notSupported: 2 } as const;

export function preLoginReply(major: number, encryption: number): Buffer {
  const options: readonly (readonly [number, Buffer])[] = [
    [PRELOGIN.version, Buffer.from([major, 0, 0x10, 0, 0, 0])],
    [PRELOGIN.encryption, Buffer.from([encryption])],
    [PRELOGIN.instance, Buffer.from([0])],
    [PRELOGIN.thread, Buffer.alloc(0)],
    [PRELOGIN.mars, Buffer.from([0])],
  ];
  let offset = options.length * 5 + 1;
  const head = options.map(([option, value]) => {
    const entry = Buffer.alloc(5);
    entry[0] = option;
    entry.writeUInt16BE(offset, 1);
    entry.writeUInt16BE(value.length, 3);
    offset += value.length;
    return entry;
  });
  return Buffer.concat([...head, Buffer.from([PRELOGIN.end]), ...options.map(([, value]) => value)]);
}

export interface Login {
  readonly user: string;
  readonly password: string;
  readonly program: string;
  readonly database: string;
  readonly isReadOnly: boolean;
  /** Of NTLM; empty otherwise. */
  readonly sspi: Buffer;
  /** Signs in with a token of Entra ID. */
  readonly isFederated: boolean;
}

/** LOGIN7: MS-TDS 2.2.6.4. */
export function readLogin(body: Buffer): Login {
  const text = (at: number): string => {
    const [offset, length] = [body.readUInt16LE(at), body.readUInt16LE(at + 2)];
    return body.subarray(offset, offset + length * 2).toString("ucs2");
  };
  const [passwordAt, passwordLength] = [body.readUInt16LE(44), body.readUInt16LE(46) * 2];
  const password = Buffer.from(
    body.subarray(passwordAt, passwordAt + passwordLength).map((byte) => {
      const turned = byte ^ 0xa5;
      return ((turned << 4) | (turned >> 4)) & 0xff;
    }),
  ).toString("ucs2");
  const [sspiAt, sspiLength] = [body.readUInt16LE(78), body.readUInt16LE(80)];
  return {
    user: text(40),
    password,
    program: text(48),
    database: text(68),
    isReadOnly: ((body[26] ?? 0) & 0x20) !== 0,
    sspi: body.subarray(sspiAt, sspiAt + sspiLength),
    isFederated: featuresOf(body).includes(FEDERATED),
  };
}

const FEDERATED = 0x02;
const NO_MORE = 0xff;

/** Ids of the feature extensions, MS-TDS 2.2.6.4. */
function featuresOf(body: Buffer): readonly number[] {
  const hasFeatures = ((body[27] ?? 0) & 0x10) !== 0;
  const features: number[] = [];
  if (!hasFeatures) return features;
  let at = body.readUInt32LE(body.readUInt16LE(56));
  for (let id = body[at]; id !== undefined && id !== NO_MORE; id = body[at]) {
    features.push(id);
    at += 5 + body.readUInt32LE(at + 1);
  }
  return features;
}

/** The text of a batch, behind its headers. */
export const readBatch = (body: Buffer): string => body.subarray(body.readUInt32LE(0)).toString("ucs2");

const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const i64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
};
const ucs2 = (text: string): Buffer => Buffer.from(text, "ucs2");
const shortText = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), ucs2(text)]);
const longText = (text: string): Buffer => Buffer.concat([u16(text.length), ucs2(text)]);
const token = (type: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type]), u16(body.length), body]);
};

const DONE_MORE = 0x01;
const DONE_ERROR = 0x02;
const DONE_COUNT = 0x10;
const DONE_ATTENTION = 0x20;

const done = (status: number, rows = 0): Buffer =>
  Buffer.concat([Buffer.from([0xfd]), u16(status), u16(0), i64(BigInt(rows))]);

export const nothingDone = (): Buffer => done(0);
export const attentionDone = (): Buffer => done(DONE_ATTENTION);

export interface ServerError {
  readonly number: number;
  readonly message: string;
}

/** Severity 14 and 16 as SQL Server has them for what a login may not do, and for the rest. */
export const refusal = ({ number, message }: ServerError, serverName: string): Buffer =>
  Buffer.concat([
    token(
      0xaa,
      u32(number),
      Buffer.from([1, [229, 297, 300, 916, 18456].includes(number) ? 14 : 16]),
      longText(message),
      shortText(serverName),
      shortText(""),
      u32(1),
    ),
    done(DONE_ERROR),
  ]);

export const databaseChanged = (database: string, before: string): Buffer =>
  token(0xe3, Buffer.from([1]), shortText(database), shortText(before));

/** Latin1_General_CI_AS. */
const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);
const TDS_7_4 = Buffer.from([0x74, 0, 0, 4]);

export const loginAccepted = (database: string, major: number): Buffer =>
  Buffer.concat([
    databaseChanged(database, "master"),
    token(0xe3, Buffer.from([7, COLLATION.length]), COLLATION, Buffer.from([0])),
    token(0xad, Buffer.from([1]), TDS_7_4, shortText("Microsoft SQL Server"), Buffer.from([major, 0, 0x10, 0])),
    token(0xe3, Buffer.from([4]), shortText(String(PACKET_SIZE)), shortText(String(PACKET_SIZE))),
    done(0),
  ]);

/** Where a client gets its token, and for whom it has to be (MS-TDS 2.2.7.12). */
export function federationInfo(authority: string, resource: string): Buffer {
  const [sts, spn] = [ucs2(authority), ucs2(resource)];
  const head = 4 + 2 * 9;
  const body = Buffer.concat([
    u32(2),
    Buffer.from([1]),
    u32(sts.length),
    u32(head),
    Buffer.from([2]),
    u32(spn.length),
    u32(head + sts.length),
    sts,
    spn,
  ]);
  return Buffer.concat([Buffer.from([0xee]), u32(body.length), body, done(0)]);
}

/** The token of a message that follows. */
export const readFederatedToken = (body: Buffer): string => body.subarray(8, 8 + body.readUInt32LE(4)).toString("ucs2");

export const sspiToken = (message: Buffer): Buffer => token(0xed, message);

/** A number is an int, a bigint a bigint, true and false a bit, text nvarchar. */
export type Cell = string | number | bigint | boolean | null;

export interface ResultSet {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

interface ColumnType {
  readonly meta: Buffer;
  readonly none: Buffer;
  write(value: Cell): Buffer;
}

const TYPES = {
  int: {
    meta: Buffer.from([0x26, 4]),
    none: Buffer.from([0]),
    write: (value) => {
      const bytes = Buffer.alloc(5);
      bytes[0] = 4;
      bytes.writeInt32LE(Number(value), 1);
      return bytes;
    },
  },
  bigint: {
    meta: Buffer.from([0x26, 8]),
    none: Buffer.from([0]),
    write: (value) => Buffer.concat([Buffer.from([8]), i64(BigInt(value as bigint))]),
  },
  bit: { meta: Buffer.from([0x68, 1]), none: Buffer.from([0]), write: (value) => Buffer.from([1, value ? 1 : 0]) },
  nvarchar: {
    meta: Buffer.concat([Buffer.from([0xe7]), u16(8000), COLLATION]),
    none: Buffer.from([0xff, 0xff]),
    write: (value) => {
      const text = ucs2(String(value).slice(0, 4000));
      return Buffer.concat([u16(text.length), text]);
    },
  },
} as const satisfies Readonly<Record<string, ColumnType>>;

function typeOf(cells: readonly Cell[]): ColumnType {
  const kinds = new Set(cells.filter((cell) => cell !== null).map((cell) => typeof cell));
  if (kinds.size > 1) throw new Error(`One column has ${[...kinds].join(" and ")}.`);
  const [kind] = kinds;
  if (kind === "number") return TYPES.int;
  if (kind === "bigint") return TYPES.bigint;
  return kind === "boolean" ? TYPES.bit : TYPES.nvarchar;
}

export function resultSets(sets: readonly ResultSet[]): Buffer {
  if (sets.length === 0) return nothingDone();
  return Buffer.concat(sets.map((set, index) => resultSet(set, index < sets.length - 1)));
}

function resultSet({ columns, rows }: ResultSet, hasMore: boolean): Buffer {
  const types = columns.map((_, column) => typeOf(rows.map((row) => row[column] ?? null)));
  const meta = columns.flatMap((name, column) => [u32(0), u16(9), (types[column] as ColumnType).meta, shortText(name)]);
  const cells = rows.flatMap((row) => [
    Buffer.from([0xd1]),
    ...types.map((type, column) => {
      const value = row[column] ?? null;
      return value === null ? type.none : type.write(value);
    }),
  ]);
  const status = DONE_COUNT | (hasMore ? DONE_MORE : 0);
  return Buffer.concat([Buffer.from([0x81]), u16(columns.length), ...meta, ...cells, done(status, rows.length)]);
}
