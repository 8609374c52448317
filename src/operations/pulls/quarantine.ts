import type { Broker } from '../broker';
import { unknownDataset } from '../runs/runs';

/** A record that was set aside, as operators see it: why and where, never what. */
export interface QuarantineView {
  id: number;
  dataset: string;
  reason: string;
  field: string | null;
  page: number;
  position: number;
  firstRun: number;
  lastRun: number;
  status: string;
}

export async function listQuarantine(
  broker: Broker,
  filter: { dataset?: string | undefined; all?: boolean; limit: number },
): Promise<{ items: QuarantineView[]; reasons: { dataset: string; reason: string; field: string | null; count: number }[] }> {
  if (filter.dataset !== undefined && !Object.hasOwn(broker.agreement.datasets, filter.dataset))
    throw unknownDataset(broker, filter.dataset);
  const where = { ...(filter.dataset ? { dataset: filter.dataset } : {}), ...(filter.all ? {} : { status: 'open' }) };
  const { quarantine } = broker.db.prisma;
  const groups = await quarantine.groupBy({ by: ['dataset', 'reason', 'field'], where, _count: true, orderBy: { _count: { id: 'desc' } } });
  const items = await quarantine.findMany({
    where,
    orderBy: { id: 'asc' },
    take: filter.limit,
    select: { id: true, dataset: true, reason: true, field: true, page: true, position: true, firstRun: true, lastRun: true, status: true },
  });
  return { items, reasons: groups.map(({ dataset, reason, field, _count }) => ({ dataset, reason, field, count: _count })) };
}
