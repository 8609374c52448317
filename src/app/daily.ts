import { checkpointIfDue } from '../operations/audit';
import { timestampPatiently } from '../operations/auditTimestamps';
import type { Broker } from '../operations/broker';
import { watchReading } from '../operations/incidents/watch';
import { reconcileIfDue } from '../operations/reconcile';
import { applyRetentionDaily } from '../operations/upkeep/daily';

/** What the schedule looks after besides slots. Each part knows itself whether it is due; what waits for another party comes last. */
export function dailyWork(broker: Broker): () => Promise<void> {
  const timestamp = timestampPatiently(broker);
  return async () => {
    await applyRetentionDaily(broker);
    await reconcileIfDue(broker);
    await checkpointIfDue(broker);
    await watchReading(broker);
    await timestamp();
  };
}
