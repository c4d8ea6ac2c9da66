/** Reads the fields of a packet of SFTP, one after the other. */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    this.#at += 1;
    return this.#bytes.readUInt8(this.#at - 1);
  }

  uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  uint64(): number {
    this.#at += 8;
    return Number(this.#bytes.readBigUInt64BE(this.#at - 8));
  }

  bytes(): Buffer {
    const length = this.uint32();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(): string {
    return this.bytes().toString();
  }
}

/** A field of a packet: a number of 32 bits, one of 64 bits, or a text with its length before it. */
export type Field = number | bigint | string | Buffer;

/** A whole packet of SFTP of this type. */
export function packet(type: number, ...fields: readonly Field[]): Buffer {
  const body = Buffer.concat([Buffer.from([type]), ...fields.map(encoded)]);
  return Buffer.concat([encoded(body.length), body]);
}

function encoded(field: Field): Buffer {
  if (typeof field === 'bigint') {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(field);
    return bytes;
  }
  if (typeof field === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(field);
    return bytes;
  }
  const content = Buffer.from(field);
  return Buffer.concat([encoded(content.length), content]);
}

/** The packets in a stream that is cut anywhere. */
export class PacketStream {
  #rest: Buffer = Buffer.alloc(0);

  /** Takes what has come, and gives the whole packets without their lengths. */
  push(bytes: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const packets: Buffer[] = [];
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readUInt32BE(0)) {
      const end = 4 + this.#rest.readUInt32BE(0);
      packets.push(this.#rest.subarray(4, end));
      this.#rest = this.#rest.subarray(end);
    }
    return packets;
  }
}
