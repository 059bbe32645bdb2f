// Checks a Windows account's sign-in as a server of its domain does: NTLMv2, MS-NLMP 2.2.1 and 3.3.2.
import { createHmac } from "node:crypto";

const SIGNATURE = "NTLMSSP\0";
/** Unicode, NTLM, target information, key of 128 bits. */
const FLAGS = 0x20880201;

/** CHALLENGE_MESSAGE for this nonce of eight bytes. */
export function challenge(nonce: Buffer, domain: string): Buffer {
  const name = Buffer.from(domain, "ucs2");
  const target = Buffer.concat([attribute(2, name), attribute(0, Buffer.alloc(0))]);
  const head = Buffer.alloc(56);
  head.write(SIGNATURE, 0, "latin1");
  head.writeUInt32LE(2, 8);
  head.writeUInt16LE(name.length, 12);
  head.writeUInt16LE(name.length, 14);
  head.writeUInt32LE(head.length, 16);
  head.writeUInt32LE(FLAGS, 20);
  nonce.copy(head, 24);
  head.writeUInt16LE(target.length, 40);
  head.writeUInt16LE(target.length, 42);
  head.writeUInt32LE(head.length + name.length, 44);
  return Buffer.concat([head, name, target]);
}

function attribute(id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

/** "CONTOSO\dba" of an AUTHENTICATE_MESSAGE. */
export function accountOf(message: Buffer): string {
  const text = (at: number): string => {
    const [length, offset] = [message.readUInt16LE(at), message.readUInt32LE(at + 4)];
    return message.subarray(offset, offset + length).toString("ucs2");
  };
  return `${text(28)}\\${text(36)}`;
}

/** Whether its NTProofStr is that of the account's password. */
export function proves(message: Buffer, nonce: Buffer, password: string): boolean {
  const [domain = "", user = ""] = accountOf(message).split("\\");
  const key = hmac(md4(Buffer.from(password, "ucs2")), Buffer.from(user.toUpperCase() + domain, "ucs2"));
  const at = message.readUInt32LE(24);
  const [proof, rest] = [message.subarray(at, at + 16), message.subarray(at + 16)];
  return proof.equals(hmac(key, Buffer.concat([nonce, rest])));
}

const hmac = (key: Buffer, data: Buffer): Buffer => createHmac("md5", key).update(data).digest();

/** RFC 1320; OpenSSL 3 has it no more. */
export function md4(data: Buffer): Buffer {
  const padded = Buffer.alloc(Math.ceil((data.length + 9) / 64) * 64);
  data.copy(padded);
  padded[data.length] = 0x80;
  padded.writeUInt32LE(data.length * 8, padded.length - 8);
  let [a, b, c, d] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  const turn = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
  for (let block = 0; block < padded.length; block += 64) {
    const before = [a, b, c, d] as const;
    const word = (index: number): number => padded.readUInt32LE(block + index * 4);
    for (let step = 0; step < 48; step++) {
      const { mix, index, bits, add } = ROUNDS[step] as (typeof ROUNDS)[number];
      const next = turn((a + mix(b, c, d) + word(index) + add) | 0, bits);
      [a, b, c, d] = [d, next, b, c];
    }
    [a, b, c, d] = [a + before[0], b + before[1], c + before[2], d + before[3]].map((sum) => sum | 0) as [
      number,
      number,
      number,
      number,
    ];
  }
  const digest = Buffer.alloc(16);
  for (const [at, value] of [a, b, c, d].entries()) digest.writeInt32LE(value | 0, at * 4);
  return digest;
}

type Mix = (x: number, y: number, z: number) => number;

const round = (mix: Mix, add: number, indexes: readonly number[], bits: readonly number[]) =>
  indexes.map((index, step) => ({ mix, add, index, bits: bits[step % 4] ?? 0 }));

const ROUNDS = [
  ...round((x, y, z) => (x & y) | (~x & z), 0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [3, 7, 11, 19]),
  ...round(
    (x, y, z) => (x & y) | (x & z) | (y & z),
    0x5a827999,
    [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    [3, 5, 9, 13],
  ),
  ...round((x, y, z) => x ^ y ^ z, 0x6ed9eba1, [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], [3, 9, 11, 15]),
];
