import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { KopruError } from '../../core/errors';
import { projectRoot } from '../folders';
import { anyOf, fileIn, hostName, ranges, redisUrl, standInSize, urlOf, wholeNumber } from './values';

const certificateModes = ['off', 'optional', 'required'] as const;
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Every environment variable, with an example for whoever got it wrong. Relative paths count from `base`. */
const variablesFrom = (base: string) =>
  ({
    DATABASE_URL: [urlOf('postgresql:', 'postgres:').optional(), 'postgresql://kopru:password@db.example:5432/kopru'],
    REDIS_URL: [redisUrl().optional(), 'redis://localhost:6379'],
    REDIS_CA_FILE: [fileIn(base).optional(), '/etc/kopru/redis-ca.pem'],
    DATA_FOLDER: [fileIn(base).prefault('data'), './data'],
    API_HOST: [hostName().default('127.0.0.1'), '127.0.0.1'],
    API_PORT: [wholeNumber(0, 65_535).default(8443), '8443'],
    CLIENT_CERTIFICATES: [anyOf(certificateModes).default('off'), 'off'],
    CLIENT_CA_FILE: [fileIn(base).optional(), '/etc/kopru/client-ca.pem'],
    TRUSTED_PROXIES: [ranges().prefault(''), '10.0.0.5,10.1.0.0/16'],
    AGREEMENT_FILE: [fileIn(base).prefault('src/agreements/cgm-iskur-2024.yaml'), 'src/agreements/cgm-iskur-2024.yaml'],
    SOURCES_FILE: [fileIn(base).optional(), './sources.yaml'],
    MASTER_KEY_FILE: [fileIn(base).optional(), '/etc/kopru/master.key'],
    AUDIT_KEY_FILE: [fileIn(base).optional(), '/etc/kopru/audit-key.pem'],
    AUDIT_CHECKPOINT_FOLDER: [fileIn(base).optional(), '/srv/kopru-checkpoints'],
    AUDIT_TIMESTAMP_URL: [urlOf('http:', 'https:').optional(), 'http://tsa.example/tsr'],
    AUDIT_TIMESTAMP_CA_FILE: [fileIn(base).optional(), '/etc/kopru/tsa-ca.pem'],
    LOG_LEVEL: [anyOf(logLevels).default('info'), 'info'],
    LOG_FILE: [z.union([z.literal('-'), fileIn(base)]).optional(), './data/logs/kopru.log'],
    STAND_IN_SIZE: [standInSize().prefault('default'), 'default'],
    STAND_IN_PORT: [wholeNumber(0, 65_535).default(0), '0'],
    OPS_HOST: [hostName().default('127.0.0.1'), '127.0.0.1'],
    OPS_PORT: [wholeNumber(0, 65_535).default(0), '9443'],
    LOOKUP_WAIT_SECONDS: [wholeNumber(0, 60).default(5), '5'],
    INTAKE_THREADS: [wholeNumber(1, 64).default(Math.min(2, availableParallelism())), '2'],
  }) as const satisfies Record<string, readonly [z.ZodType, string]>;

type Variables = ReturnType<typeof variablesFrom>;
export type VariableName = keyof Variables;
type Values = { [Name in VariableName]: z.output<Variables[Name][0]> };

export type LogLevel = (typeof logLevels)[number];

export interface Settings {
  /** Unset: the embedded server. Holds a password, as does the next; `shownSettings` hides both. */
  databaseUrl: string | undefined;
  /** Unset: the queue is kept in PostgreSQL. */
  redisUrl: string | undefined;
  /** PEM of the authority behind Redis's certificate, where it is a private one. */
  redisCaFile: string | undefined;
  /** Absolute. */
  dataFolder: string;
  apiHost: string;
  /** 0: any free one. */
  apiPort: number;
  /** Whether callers of the API show a certificate. */
  clientCertificates: (typeof certificateModes)[number];
  /** PEM of the authorities whose client certificates are accepted; there unless these are off. */
  clientCaFile: string | undefined;
  /** Ranges of addresses whose X-Forwarded-For is believed. */
  trustedProxies: readonly string[];
  agreementFile: string;
  /** Unset: the stand-in services. */
  sourcesFile: string | undefined;
  masterKeyFile: string;
  /** The key that signs the audit log's checkpoints. */
  auditKeyFile: string;
  /** Where they are exported to. */
  auditCheckpointFolder: string;
  /** The time-stamping authority (RFC 3161) that stamps them, and the PEM of the authorities above it; unset: none does. */
  auditTimestamps: { url: string; caFile: string } | undefined;
  logLevel: LogLevel;
  /** Unset: in the data folder; `-`: standard output. */
  logFile: string | undefined;
  standInSize: { agents: number; workers: number; children: number };
  /** 0: any free ones. */
  standInPort: number;
  /** Where operators and their monitoring look: health, metrics, the queue board. */
  opsHost: string;
  /** 0: any free one. */
  opsPort: number;
  /** How long a look-up's caller waits before it is told to ask again. */
  lookupWaitSeconds: number;
  intakeThreads: number;
}

export const variableExamples = (): Record<VariableName, string> => {
  const entries = Object.entries(variablesFrom('/')).map(([name, [, example]]) => [name, example]);
  return Object.fromEntries(entries) as Record<VariableName, string>;
};

const secretNames: readonly VariableName[] = ['DATABASE_URL', 'REDIS_URL'];
const shownLength = 40;

function complaint(name: VariableName, given: string, problem: string, example: string): string {
  const shown = given.length > shownLength ? `${given.slice(0, shownLength)}…` : given;
  const subject = secretNames.includes(name) ? name : `${name} is ${JSON.stringify(shown)} and`;
  return `${subject} ${problem}, for example ${name}=${example}`;
}

/**
 * The settings an environment describes; an empty variable counts as unset.
 * @throws KopruError `settings-invalid` that names everything that is wrong
 */
export function readSettings(environment: Record<string, string | undefined>, base = projectRoot()): Settings {
  const complaints: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, [schema, example]] of Object.entries(variablesFrom(base)) as [VariableName, readonly [z.ZodType, string]][]) {
    const given = environment[name]?.trim() || undefined;
    const outcome = schema.safeParse(given);
    if (outcome.success) values[name] = outcome.data;
    else complaints.push(complaint(name, given ?? '', outcome.error.issues[0]?.message ?? 'is wrong', example));
  }
  const asked = values['CLIENT_CERTIFICATES'];
  if (asked !== undefined && asked !== 'off' && !environment['CLIENT_CA_FILE']?.trim())
    complaints.push(`CLIENT_CERTIFICATES is "${asked}" and wants CLIENT_CA_FILE, for example ${variablesFrom(base).CLIENT_CA_FILE[1]}`);
  const pair = ['AUDIT_TIMESTAMP_URL', 'AUDIT_TIMESTAMP_CA_FILE'] as const;
  if (pair.filter((name) => environment[name]?.trim()).length === 1)
    complaints.push(`${pair.join(' and ')} are set together or not at all`);
  if (complaints.length > 0) {
    const one = complaints.length === 1;
    throw new KopruError(
      'settings-invalid',
      `${one ? 'A setting is' : `${complaints.length} settings are`} wrong: ${complaints.join('; ')}.`,
      {
        hint: 'Correct the environment or the file .env; .env.example describes every setting.',
      },
    );
  }
  return settingsOf(values as Values);
}

const settingsOf = (values: Values): Settings => ({
  databaseUrl: values.DATABASE_URL,
  redisUrl: values.REDIS_URL,
  redisCaFile: values.REDIS_CA_FILE,
  dataFolder: values.DATA_FOLDER,
  apiHost: values.API_HOST,
  apiPort: values.API_PORT,
  clientCertificates: values.CLIENT_CERTIFICATES,
  clientCaFile: values.CLIENT_CA_FILE,
  trustedProxies: values.TRUSTED_PROXIES,
  agreementFile: values.AGREEMENT_FILE,
  sourcesFile: values.SOURCES_FILE,
  masterKeyFile: values.MASTER_KEY_FILE ?? join(values.DATA_FOLDER, 'secrets/master.key'),
  auditKeyFile: values.AUDIT_KEY_FILE ?? join(values.DATA_FOLDER, 'secrets/audit-key.pem'),
  auditCheckpointFolder: values.AUDIT_CHECKPOINT_FOLDER ?? join(values.DATA_FOLDER, 'audit'),
  auditTimestamps:
    values.AUDIT_TIMESTAMP_URL && values.AUDIT_TIMESTAMP_CA_FILE
      ? { url: values.AUDIT_TIMESTAMP_URL, caFile: values.AUDIT_TIMESTAMP_CA_FILE }
      : undefined,
  logLevel: values.LOG_LEVEL,
  logFile: values.LOG_FILE,
  standInSize: values.STAND_IN_SIZE,
  standInPort: values.STAND_IN_PORT,
  opsHost: values.OPS_HOST,
  opsPort: values.OPS_PORT,
  lookupWaitSeconds: values.LOOKUP_WAIT_SECONDS,
  intakeThreads: values.INTAKE_THREADS,
});

const withoutPassword = (url: string | undefined): string | undefined => {
  if (url === undefined) return undefined;
  // By pattern: an address of several hosts is no URL to Node.
  return url.replace(/^([^/]*\/\/[^:@/]*):[^@/]*@/, '$1:***@').replace(/\?.*$/, '');
};

/** The settings as they may be printed. */
export const shownSettings = (settings: Settings): Settings => ({
  ...settings,
  databaseUrl: withoutPassword(settings.databaseUrl),
  redisUrl: withoutPassword(settings.redisUrl),
});
