import { istanbulDate } from '../../core/dates';
import type { Broker } from '../broker';
import { tidyQuotas } from '../quotas';
import { tidySignIns } from '../signIn/administer';
import { applyRetention } from './retention';

const key = 'retentionOn';

/** Applies retention, and tidies the ledger of quotas and what is left of sign-ins, once a day of Istanbul, whichever process comes first. */
export async function applyRetentionDaily(broker: Broker): Promise<void> {
  const { db, clock } = broker;
  const today = JSON.stringify(istanbulDate(clock()));
  const { rowCount } = await db.pool.query(
    `insert into installation as i (key, value) values ($1, $2::jsonb)
     on conflict (key) do update set value = excluded.value where i.value is distinct from excluded.value`,
    [key, today],
  );
  if (rowCount !== 1) return;
  await tidyQuotas(broker);
  await tidySignIns(broker);
  await applyRetention(broker, 'schedule');
}
