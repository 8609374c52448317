import { readFileSync } from 'node:fs';
import Redis, { Cluster, type RedisOptions } from 'ioredis';
import type { RedisPlace } from '../src/core/redisPlace';

/**
 * A connection of its own. A worker waits for its server as long as it takes; a producer's commands fail at once while it is away,
 * for the sweep comes again. `caFile`: PEM of a private authority, for TLS.
 */
export function connectRedis(place: RedisPlace, { caFile, producer }: { caFile?: string | undefined; producer: boolean }): Redis | Cluster {
  const tls = place.tls ? { tls: { minVersion: 'TLSv1.2' as const, ...(caFile ? { ca: readFileSync(caFile) } : {}) } } : {};
  const login: RedisOptions = {
    ...(place.username ? { username: place.username } : {}),
    ...(place.password ? { password: place.password } : {}),
    maxRetriesPerRequest: null,
    ...tls,
  };
  const redis =
    place.kind === 'cluster'
      ? new Cluster(place.hosts, { redisOptions: login, enableOfflineQueue: !producer })
      : place.kind === 'sentinel'
        ? new Redis({
            ...login,
            enableOfflineQueue: !producer,
            sentinels: place.hosts,
            name: place.group as string,
            db: place.db,
            ...(place.tls ? { enableTLSForSentinelMode: true, sentinelTLS: tls.tls as object } : {}),
          })
        : new Redis({ ...login, enableOfflineQueue: !producer, ...(place.hosts[0] as { host: string; port: number }), db: place.db });
  redis.on('error', () => undefined);
  return redis;
}
