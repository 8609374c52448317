/** What the embedded server is started with: for two cores, and modest where the default is modest enough. */
export const serverSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '120',
  shared_buffers: '128MB',
  work_mem: '64MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off',
  fsync: 'on',
  synchronous_commit: 'on',
  TimeZone: 'UTC',
  log_timezone: 'UTC',
  // A refused statement and its detail may hold personal data, so the server's log tells of the server only.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
} as const;

/** Some of them otherwise. */
export type OtherSettings = Readonly<Partial<Record<keyof typeof serverSettings | 'full_page_writes', string>>>;

export const serverArguments = (cluster: string, port: number, others: OtherSettings): string[] => [
  '-D',
  cluster,
  '-p',
  String(port),
  ...Object.entries({ ...serverSettings, ...others }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];

/** Locale and encoding never depend on the machine's. */
export const initdbArguments = (cluster: string, passwordFile: string): string[] => [
  '-D',
  cluster,
  '--username=postgres',
  `--pwfile=${passwordFile}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--data-checksums',
];

/** The environment of the server's programs: nothing of the person's. */
export const serverEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
