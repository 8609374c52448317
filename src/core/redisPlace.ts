/** Where Redis is, from one address: a server, a group watched by Sentinels, or a Cluster; each with TLS too. */
export interface RedisPlace {
  kind: 'server' | 'sentinel' | 'cluster';
  tls: boolean;
  hosts: { host: string; port: number }[];
  username?: string;
  password?: string;
  /** The number of the database; a Cluster has only 0. */
  db: number;
  /** The name by which Sentinels know the group. */
  group?: string;
}

const shape = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]+)(?:\/([^?]*))?$/;
const defaultPorts = { server: 6379, cluster: 6379, sentinel: 26_379 };

/**
 * Reads `redis://host:6379/0`, `rediss://…`, `redis+sentinel://host:26379,host:26379/group/0` or `redis+cluster://host,host`.
 * @returns undefined if it is none of these
 */
export function redisPlace(url: string): RedisPlace | undefined {
  const match = shape.exec(url);
  if (!match) return undefined;
  const [, scheme, kind = 'server', username, password, list = '', path = ''] = match;
  const hosts = list.split(',').map((part) => hostAndPort(part, defaultPorts[kind as keyof typeof defaultPorts]));
  const names = path.split('/').filter((name) => name !== '');
  const group = kind === 'sentinel' ? names.shift() : undefined;
  const db = names.length === 0 ? 0 : /^\d{1,3}$/.test(names[0] as string) ? Number(names[0]) : undefined;
  if (hosts.includes(undefined) || names.length > 1 || db === undefined) return undefined;
  if ((kind === 'server' && hosts.length > 1) || (kind === 'sentinel' && !group) || (kind === 'cluster' && db !== 0)) return undefined;
  return {
    kind: kind as RedisPlace['kind'],
    tls: scheme === 'rediss',
    hosts: hosts as RedisPlace['hosts'],
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    db,
    ...(group ? { group } : {}),
  };
}

function hostAndPort(text: string, port: number): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  return { host: (match[1] ?? match[2]) as string, port: match[3] ? Number(match[3]) : port };
}
