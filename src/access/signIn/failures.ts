import { networkOf } from '../../core/addresses';
import type { Database } from '../../infra/db';
import { signInPolicy } from './policy';

const { named: ofName, network: ofNetwork, firstWaitMillis, mostWaitMillis } = signInPolicy.failures;
type Rule = typeof ofName | typeof ofNetwork;

/** Failures that were counted. */
export interface Failures {
  /** When the count began. */
  since: Date;
  failures: number;
  lastAt: Date;
}

/** How many milliseconds are left until the next attempt may be made; 0 if it may be made now. */
export function waitAfter({ since, failures, lastAt }: Failures, { free, forgottenMillis }: Rule, now: Date): number {
  if (failures < free || isForgotten({ since }, forgottenMillis, now)) return 0;
  const wait = Math.min(mostWaitMillis, firstWaitMillis * 2 ** (failures - free));
  return Math.max(0, lastAt.getTime() + wait - now.getTime());
}

const isForgotten = ({ since }: Pick<Failures, 'since'>, forgottenMillis: number, now: Date) =>
  now.getTime() - since.getTime() >= forgottenMillis;

/** Who attempts: from where, and under which name, by its keyed index. */
export interface Attempt {
  address: string;
  named: Uint8Array<ArrayBuffer>;
}

const anyName = new Uint8Array(0);
const countsOf = ({ address, named }: Attempt) => {
  const network = networkOf(address);
  return [
    { network, named, rule: ofName },
    { network, named: anyName, rule: ofNetwork },
  ];
};

/**
 * Counts an attempt as a failure before it is looked at, so that many at once are no way around; `forget` takes it back. Returns how
 * many milliseconds it has to wait: then it is not counted, so nobody is kept out for longer by trying.
 */
export async function countAttempt(db: Pick<Database, 'prisma'>, attempt: Attempt, now: Date): Promise<number> {
  return db.prisma.$transaction(async (tx) => {
    const counts = countsOf(attempt);
    const network = networkOf(attempt.address);
    await tx.$executeRaw`select pg_advisory_xact_lock(71008, hashtext(${network}))`;
    const known = await tx.signInFailure.findMany({ where: { network, named: { in: counts.map(({ named }) => named) } } });
    const of = (named: Uint8Array) => known.find((row) => Buffer.from(row.named).equals(named));
    const waits = counts.map(({ named, rule }) => {
      const before = of(named);
      return before ? waitAfter(before, rule, now) : 0;
    });
    const wait = Math.max(...waits);
    if (wait > 0) return wait;
    for (const { named, rule } of counts) {
      const before = of(named);
      const begun = before && !isForgotten(before, rule.forgottenMillis, now) ? before : { since: now, failures: 0 };
      const data = { since: begun.since, failures: begun.failures + 1, lastAt: now };
      await tx.signInFailure.upsert({ where: { network_named: { network, named } }, create: { network, named, ...data }, update: data });
    }
    return 0;
  });
}

/** After a success: what was counted of this name from here is forgotten, and of the network this one attempt. */
export async function forget(db: Pick<Database, 'prisma'>, attempt: Attempt): Promise<void> {
  const network = networkOf(attempt.address);
  await db.prisma.$executeRaw`delete from sign_in_failure where network = ${network} and named = ${attempt.named}`;
  await db.prisma
    .$executeRaw`update sign_in_failure set failures = greatest(0, failures - 1) where network = ${network} and named = ${anyName}`;
}

/** Deletes counts that are forgotten. */
export async function tidyFailures(db: Pick<Database, 'prisma'>, now: Date): Promise<void> {
  const before = new Date(now.getTime() - Math.max(ofName.forgottenMillis, ofNetwork.forgottenMillis));
  await db.prisma.signInFailure.deleteMany({ where: { since: { lt: before } } });
}
