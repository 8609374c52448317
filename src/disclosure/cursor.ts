/** Where a reading stands: in which snapshot, after which row. */
export interface Place {
  version: number;
  after: bigint;
}

/**
 * A cursor names its reading (what is read of which dataset) and its snapshot, so that a reader goes on in the state where it
 * began, and one that is sent elsewhere by mistake is refused instead of leaving records out. It is no secret: whoever makes one
 * up is held against the same grant.
 */
export function writeCursor(reading: string, { version, after }: Place): string {
  return Buffer.from(`${reading}:${version}:${after}`).toString('base64url');
}

/** The place that a cursor of this reading names; undefined if it was not given out for it. */
export function readCursor(reading: string, cursor: string): Place | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const match = /:([1-9]\d{0,8}):(\d{1,18})$/.exec(text);
  if (!match) return undefined;
  const place = { version: Number(match[1]), after: BigInt(match[2] as string) };
  return writeCursor(reading, place) === cursor ? place : undefined;
}
