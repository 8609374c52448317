import { createHash } from 'node:crypto';

/** An answer's tag: the same as long as all that the answer depends on is the same. */
export function tagOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 32);
}

/** What somebody has already: the tags of earlier answers. */
export interface Has {
  has?: ((tag: string) => boolean) | undefined;
}

/** An answer with its tag. What somebody has already is not given again: then it holds nothing but what is said of it. */
export interface Tagged {
  tag: string;
  unchanged: boolean;
}

export function tagged({ has }: Has, ...parts: readonly unknown[]): Tagged {
  const tag = tagOf(...parts);
  return { tag, unchanged: has?.(tag) ?? false };
}
