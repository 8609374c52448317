/**
 * The records of the snapshot that a pull starts from, by their hash, in memory that threads share:
 * an unchanged record is recognised by one keyed hash and is not sealed again.
 * Open addressing, 32 bytes a slot: 16 of the record's hash, 16 of its key index. Written once, then only read.
 */
export interface KnownRecords {
  memory: SharedArrayBuffer;
  mask: number;
}

const slotBytes = 32;

/** Room for `count` records, at most half full. */
export function emptyKnown(count: number): KnownRecords {
  const slots = 2 ** Math.ceil(Math.log2(Math.max(16, count * 1.6)));
  return { memory: new SharedArrayBuffer(slots * slotBytes), mask: slots - 1 };
}

/** A writer over the table; hashes are uniform, so their own first bytes choose the slot. */
export function knownWriter(known: KnownRecords): (hash: Uint8Array, keyIndex: Uint8Array) => void {
  const words = new Uint32Array(known.memory);
  const bytes = new Uint8Array(known.memory);
  return (hash, keyIndex) => {
    let slot = firstSlot(hash, known.mask);
    while (words[slot * 8] !== 0 || words[slot * 8 + 1] !== 0) slot = (slot + 1) & known.mask;
    bytes.set(hash.subarray(0, 16), slot * slotBytes);
    bytes.set(keyIndex, slot * slotBytes + 16);
  };
}

/** Finds the key index of the record with this hash; undefined if the snapshot held no such record. */
export function knownReader(known: KnownRecords): (hash: Uint8Array) => Uint8Array | undefined {
  const words = new Uint32Array(known.memory);
  const bytes = new Uint8Array(known.memory);
  return (hash) => {
    let slot = firstSlot(hash, known.mask);
    while (words[slot * 8] !== 0 || words[slot * 8 + 1] !== 0) {
      const at = slot * slotBytes;
      if (sameBytes(bytes, at, hash)) return bytes.subarray(at + 16, at + slotBytes);
      slot = (slot + 1) & known.mask;
    }
    return undefined;
  };
}

function firstSlot(hash: Uint8Array, mask: number): number {
  return (((hash[0] as number) | ((hash[1] as number) << 8) | ((hash[2] as number) << 16) | ((hash[3] as number) << 24)) >>> 0) & mask;
}

function sameBytes(bytes: Uint8Array, at: number, hash: Uint8Array): boolean {
  for (let i = 0; i < 16; i += 1) if (bytes[at + i] !== hash[i]) return false;
  return true;
}
