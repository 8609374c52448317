import { sourceDatasets } from '../../agreements/derived';
import { applies } from '../../agreements/life';
import { istanbulDate } from '../../core/dates';
import { asKopruError, type ErrorCode, KopruError } from '../../core/errors';
import { answerPlan, createSource, openPage } from '../../sources';
import { sourceLedger } from '../../sources/ask/store';
import type { Broker } from '../broker';

export interface Check {
  name: string;
  ok: boolean;
  message: string;
  hint?: string | undefined;
  code?: ErrorCode;
}

/** Looks at each part that must work, one by one, and says what to do about those that do not. */
export async function checkInstallation(
  broker: Broker,
  options: { redisUrl: string | undefined; queue(): Promise<void> },
): Promise<Check[]> {
  const { db } = broker;
  return [
    await check('database', async () => {
      const { rows } = await db.pool.query(`select current_setting('server_version') as version`);
      return `PostgreSQL ${rows[0].version}`;
    }),
    await check('clock', async () => clockAgrees(broker)),
    await check(options.redisUrl ? 'queue (Redis)' : 'queue (PostgreSQL)', async () => {
      await options.queue();
      return 'answers';
    }),
    await check('keys', async () => {
      const rows = await db.prisma.dataKey.findMany({ where: { destroyedAt: null }, select: { id: true } });
      for (const { id } of rows) await broker.keys.byId(id);
      return `${rows.length} data keys open with the master key`;
    }),
    await check('agreement', async () => {
      const state = await broker.state();
      if (!applies(state))
        throw new KopruError('agreement-not-in-force', `${state.status}; missing: ${state.missing.join(', ') || 'nothing'}.`, {
          hint: 'Record its events with kopru agreement record.',
        });
      return `${state.status}, term to ${state.endsOn}`;
    }),
    ...(await Promise.all(
      sourceDatasets(broker.agreement).map((dataset) => check(`source of ${dataset}`, () => firstPage(broker, dataset))),
    )),
  ];
}

async function check(name: string, work: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, message: await work() };
  } catch (thrown) {
    const { code, message, hint } = asKopruError(thrown);
    return { name, ok: false, code, message, hint };
  }
}

async function clockAgrees(broker: Broker): Promise<string> {
  const { rows } = await broker.db.pool.query('select clock_timestamp() as now');
  const apart = Math.abs(rows[0].now.getTime() - broker.clock().getTime());
  if (apart > 5_000) {
    throw new KopruError('settings-invalid', `This machine’s clock and the database’s are ${Math.round(apart / 1000)} s apart.`, {
      hint: 'Set both by NTP: days, terms and limits depend on them.',
    });
  }
  return `${istanbulDate(broker.clock())} in Istanbul`;
}

/** Asks a listing for its first page; a query-only source is not asked, as each question counts. */
async function firstPage(broker: Broker, dataset: string): Promise<string> {
  const config = broker.sources[dataset];
  if (!config)
    throw new KopruError('sources-invalid', 'No source is configured.', { hint: 'Add it to SOURCES_FILE; docs/sources.md shows how.' });
  const once = { ...config, retry: { ...config.retry, attempts: 1 } };
  const source = createSource(dataset, once, { ledger: sourceLedger(broker.db), clock: broker.clock });
  try {
    if (source.kind === 'query') return `${config.service}: configured; each question counts, so none is asked`;
    const plan = answerPlan(config);
    for await (const { result } of source.pages(undefined, async (raw) => openPage(raw, plan), new AbortController().signal)) {
      return `${config.service}: first page has ${result.envelope.count} records${result.envelope.total === undefined ? '' : ` of ${result.envelope.total}`}`;
    }
    return `${config.service}: no records`;
  } finally {
    source.close();
  }
}
