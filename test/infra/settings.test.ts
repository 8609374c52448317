import { readFileSync } from 'node:fs';
import { KopruError } from '../../src/core/errors';
import { readSettings, shownSettings, variableExamples } from '../../src/infra/settings';

const read = (environment: Record<string, string | undefined>) => readSettings(environment, '/project');

function complaintOf(environment: Record<string, string>): string {
  try {
    read(environment);
  } catch (error) {
    if (error instanceof KopruError && error.code === 'settings-invalid') return error.message;
    throw error;
  }
  throw new Error('accepted');
}

test('an empty environment has all defaults', () => {
  expect(read({})).toEqual({
    databaseUrl: undefined,
    redisUrl: undefined,
    redisCaFile: undefined,
    opsHost: '127.0.0.1',
    opsPort: 0,
    lookupWaitSeconds: 5,
    dataFolder: '/project/data',
    apiHost: '127.0.0.1',
    apiPort: 8443,
    clientCertificates: 'off',
    clientCaFile: undefined,
    trustedProxies: [],
    agreementFile: '/project/src/agreements/cgm-iskur-2024.yaml',
    sourcesFile: undefined,
    masterKeyFile: '/project/data/secrets/master.key',
    auditKeyFile: '/project/data/secrets/audit-key.pem',
    auditCheckpointFolder: '/project/data/audit',
    logLevel: 'info',
    logFile: undefined,
    standInSize: { agents: 2_000, workers: 20_000, children: 6_000 },
    standInPort: 0,
    intakeThreads: expect.any(Number),
  });
});

test('an empty variable counts as unset, and blanks around a value do not count', () => {
  const names = Object.keys(variableExamples());
  expect(read(Object.fromEntries(names.map((name) => [name, ' '])))).toEqual(read({}));
  expect(read({ API_PORT: ' 0 ' }).apiPort).toBe(0);
});

test('every setting can be set', () => {
  const settings = read({
    DATABASE_URL: 'postgres://u:p@db:5432/x',
    REDIS_URL: 'rediss://cache',
    DATA_FOLDER: '/var/kopru',
    API_HOST: '::1',
    AGREEMENT_FILE: 'a.yaml',
    SOURCES_FILE: '../s.json',
    MASTER_KEY_FILE: '/k',
    LOG_LEVEL: 'trace',
    LOG_FILE: '-',
    STAND_IN_SIZE: '1, 2,3',
    INTAKE_THREADS: '4',
  });
  expect(settings).toMatchObject({
    databaseUrl: 'postgres://u:p@db:5432/x',
    redisUrl: 'rediss://cache',
    dataFolder: '/var/kopru',
    apiHost: '::1',
    agreementFile: '/project/a.yaml',
    sourcesFile: '/s.json',
    masterKeyFile: '/k',
    logLevel: 'trace',
    logFile: '-',
    standInSize: { agents: 1, workers: 2, children: 3 },
    intakeThreads: 4,
  });
  expect(read({ STAND_IN_SIZE: 'large' }).standInSize).toEqual({ agents: 5_000, workers: 1_000_000, children: 300_000 });
});

test('client certificates want the authorities that are accepted, and ranges are in one writing', () => {
  expect(complaintOf({ CLIENT_CERTIFICATES: 'optional', API_PORT: 'x' })).toMatch(
    /^2 settings are wrong: .*CLIENT_CERTIFICATES is "optional" and wants CLIENT_CA_FILE/,
  );
  expect(read({ CLIENT_CERTIFICATES: 'required', CLIENT_CA_FILE: 'ca.pem', TRUSTED_PROXIES: '10.0.0.5, 2001:DB8::/32' })).toMatchObject({
    clientCertificates: 'required',
    clientCaFile: '/project/ca.pem',
    trustedProxies: ['10.0.0.5/32', '2001:db8::/32'],
  });
});

test('a time-stamping authority wants its address and what proves it', () => {
  const [url, file] = [{ AUDIT_TIMESTAMP_URL: 'http://tsa.example/tsr' }, { AUDIT_TIMESTAMP_CA_FILE: 'tsa.pem' }];
  for (const half of [url, file]) expect(complaintOf(half)).toContain('AUDIT_TIMESTAMP_URL and AUDIT_TIMESTAMP_CA_FILE are set together');
  expect(read({ ...url, ...file }).auditTimestamps).toEqual({ url: 'http://tsa.example/tsr', caFile: '/project/tsa.pem' });
  expect(read({}).auditTimestamps).toBeUndefined();
});

test.each([
  ['CLIENT_CERTIFICATES', 'on', 'must be one of off, optional, required'],
  ['TRUSTED_PROXIES', '10.0.0.5,proxy.example', 'addresses or ranges'],
  ['TRUSTED_PROXIES', '10.0.0.5/8', 'addresses or ranges'],
  ['TRUSTED_PROXIES', '10.0.0.5,::/0', 'addresses or ranges'],
  ['API_PORT', 'abc', 'A setting is wrong: API_PORT is "abc" and must be a whole number from 0 to 65535, for example API_PORT=8443.'],
  ['API_PORT', '80.5', 'whole number'],
  ['API_PORT', '-1', 'whole number'],
  ['API_PORT', '65536', 'whole number'],
  ['API_PORT', '0x10', 'whole number'],
  ['API_PORT', '٨٤٤٣', 'whole number'],
  ['API_HOST', 'http://x', 'host name'],
  ['INTAKE_THREADS', '0', 'whole number from 1 to 64'],
  ['LOG_LEVEL', 'loud', 'must be one of fatal, error, warn, info, debug, trace, silent, for example LOG_LEVEL=info'],
  ['LOG_LEVEL', 'İNFO', 'must be one of'],
  ['STAND_IN_SIZE', 'huge', 'default, large or three whole numbers'],
  ['STAND_IN_SIZE', '1,2', 'three whole numbers'],
  ['STAND_IN_SIZE', '1,2,0', 'three whole numbers'],
  ['STAND_IN_SIZE', '1,2,3,4', 'three whole numbers'],
  ['DATABASE_URL', 'mysql://x/y', 'DATABASE_URL must be a URL that begins with postgresql:// or postgres://'],
  ['DATABASE_URL', 'db.example', 'must be a URL'],
  ['REDIS_URL', 'http://x', 'REDIS_URL must be a URL that begins with redis:// or rediss://'],
])('%s=%s has its sentence', (name, value, expected) => {
  expect(complaintOf({ [name]: value })).toContain(expected);
});

test('everything wrong is named at once, and a password is never quoted', () => {
  const message = complaintOf({ DATABASE_URL: 'mysql://root:hunter2@x', API_PORT: 'x'.repeat(500), LOG_LEVEL: 'loud' });
  expect(message).toMatch(/^3 settings are wrong: /);
  for (const name of ['DATABASE_URL', 'API_PORT', 'LOG_LEVEL']) expect(message).toContain(name);
  expect(message).not.toContain('hunter2');
  expect(message.length).toBeLessThan(500);
});

test('the printed settings hide passwords', () => {
  const settings = read({ DATABASE_URL: 'postgres://u:hunter2@db/x?password=hunter3', REDIS_URL: 'redis://:hunter2@cache' });
  expect(JSON.stringify(shownSettings(settings))).not.toMatch(/hunter/);
  expect(shownSettings(settings).databaseUrl).toContain('@db/x');
});

test('.env.example lists every setting with its example, and nothing else', () => {
  const text = readFileSync('.env.example', 'utf8');
  const listed = Object.fromEntries([...text.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
  expect(listed).toEqual(variableExamples());
  expect(() => read(listed)).not.toThrow();
});
