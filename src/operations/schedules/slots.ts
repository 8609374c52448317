import type { Mode } from '../../agreements/language';
import { KopruError } from '../../core/errors';
import type { Database } from '../../infra/db';
import type { Slot } from '../../infra/generated/client';
import type { Broker } from '../broker';
import { admitRun, liveStatuses, logRun, writeRun } from '../runs/runs';

export { createPlanner, type Planner } from './planner';

/** Who requests the runs of slots. */
const requester = 'schedule';
/** Generous: a slot that could not be settled in time is due again at the next call. */
const patience = { maxWait: 10_000, timeout: 20_000 };

type Transaction = Parameters<Parameters<Database['prisma']['$transaction']>[0]>[0];
type Settled = { status: 'started' | 'joined'; runId: number } | { status: 'refused'; errorCode: string };

/**
 * Requests the runs of the slots that are due, oldest first. Safe to call from several processes at once and at any time:
 * a slot's run and its end are written in one transaction, under a lock on the slot. What fails for a passing reason
 * stays due.
 */
export async function startDueSlots(broker: Broker): Promise<void> {
  const { prisma } = broker.db;
  await letPausedGo(broker.db);
  const due = await prisma.slot.findMany({ where: { status: 'due' }, orderBy: [{ at: 'asc' }, { dataset: 'asc' }, { mode: 'asc' }] });
  for (const slot of due) {
    try {
      await startSlot(broker, slot);
    } catch (error) {
      const code = (error as { code?: string }).code ?? 'schedule';
      broker.log.warn({ ...shown(slot), code, err: error }, 'the slot could not be started and stays due');
    }
  }
}

async function startSlot(broker: Broker, slot: Slot): Promise<void> {
  const wish = { dataset: slot.dataset, kind: 'pull' as const, mode: slot.mode as Mode, slotAt: slot.at };
  const refusal = await admitRun(broker, wish).then(() => undefined, lasting);
  const settled = await broker.db.prisma.$transaction(async (tx): Promise<Settled | undefined> => {
    if (!(await holdDue(tx, slot))) return undefined;
    if (refusal) return settle(tx, slot, { status: 'refused', errorCode: refusal.code });
    const live = () => tx.run.findFirst({ where: { dataset: slot.dataset, status: { in: liveStatuses } } });
    const before = await live();
    const stamp = { by: requester, at: broker.clock() };
    const written = before ? undefined : await writeRun(tx, wish, stamp);
    if (written) {
      const started = await settle(tx, slot, { status: 'started', runId: written.id });
      await logRun(tx, wish, stamp);
      return started;
    }
    const other = before ?? (await live());
    // An overrunning pull does for a periodic slot. A replay asks no source, and a year's reference needs its own pull.
    if (other?.kind !== 'pull' || slot.mode === 'yearly') return undefined;
    return settle(tx, slot, { status: 'joined', runId: other.id });
  }, patience);
  if (!settled) return;
  if (settled.status === 'refused') broker.log.warn({ ...shown(slot), code: settled.errorCode }, 'the slot is refused');
  else broker.log.info({ ...shown(slot), run: settled.runId, status: settled.status }, 'the slot is settled');
}

/** A refusal that trying again does not change; others are thrown on. */
function lasting(thrown: unknown): KopruError {
  if (thrown instanceof KopruError && thrown.severity !== 'retry') return thrown;
  throw thrown;
}

/** Holds a slot that is still due until the transaction ends; false if another process has it or settled it. */
async function holdDue(tx: Transaction, { dataset, mode, at }: Slot): Promise<boolean> {
  const held: unknown[] = await tx.$queryRaw`
    select 1 from slot where dataset = ${dataset} and mode = ${mode} and "at" = ${at} and status = 'due' for update skip locked`;
  return held.length > 0;
}

async function settle(tx: Transaction, { dataset, mode, at }: Slot, data: Settled): Promise<Settled> {
  await tx.slot.update({ where: { dataset_mode_at: { dataset, mode, at } }, data });
  return data;
}

/** What an operator stopped does not begin: due slots of paused schedules. */
async function letPausedGo(db: Database): Promise<void> {
  const paused = await db.prisma.schedule.findMany({ where: { paused: true }, select: { dataset: true, mode: true } });
  if (paused.length > 0) await db.prisma.slot.updateMany({ where: { status: 'due', OR: paused }, data: { status: 'missed' } });
}

const shown = ({ dataset, mode, at }: Slot) => ({ dataset, mode, slot: at.toISOString() });

/** A slot as operators see it. */
export interface SlotView {
  dataset: string;
  mode: string;
  at: Date;
  /** due, started, joined (a live pull does for it), missed (nobody looked in time), refused */
  status: string;
  runId: number | null;
  errorCode: string | null;
}

/** The newest slots, of one dataset or of all. */
export async function listSlots(db: Database, filter: { dataset?: string | undefined; limit?: number } = {}): Promise<SlotView[]> {
  const rows = await db.prisma.slot.findMany({
    ...(filter.dataset ? { where: { dataset: filter.dataset } } : {}),
    orderBy: [{ at: 'desc' }, { dataset: 'asc' }, { mode: 'asc' }],
    take: filter.limit ?? 20,
  });
  return rows.map(({ claimedAt: _, ...shown }) => shown);
}
