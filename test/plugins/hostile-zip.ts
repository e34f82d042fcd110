/** Owns ZIPs as no honest program writes them: every field of an entry can be chosen. */
import { crc32 } from 'node:zlib';

export interface HostileEntry {
  readonly name: string | Buffer;
  readonly content?: string;
  /** With it, the entry says that it is compressed. */
  readonly compressed?: Buffer;
  /** What the entry says about its size. */
  readonly size?: number;
  readonly mode?: number;
  readonly crc?: number;
  readonly flags?: number;
  readonly method?: number;
}

export function hostileZip(entries: readonly HostileEntry[]): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const body = entry.compressed ?? Buffer.from(entry.content ?? 'x');
    const size = entry.size ?? body.length;
    const large = size > 0xffffffff ? zip64Size(size) : Buffer.alloc(0);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(entry.flags ?? 0, 2);
    common.writeUInt16LE(entry.method ?? (entry.compressed ? 8 : 0), 4);
    common.writeUInt32LE(entry.crc ?? crc32(body), 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(Math.min(size, 0xffffffff), 18);
    common.writeUInt16LE(name.length, 22);
    common.writeUInt16LE(large.length, 24);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, large, body]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((((entry.mode ?? 0o100644) << 16) >>> 0) as number, 6);
    tail.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([20, 3]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), madeBy, common, tail, name, large]));
    pieces.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...pieces, listed, end]);
}

/** The field in which a ZIP tells sizes above 4 GB. */
function zip64Size(size: number): Buffer {
  const field = Buffer.alloc(12);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8, 2);
  field.writeBigUInt64LE(BigInt(size), 4);
  return field;
}
