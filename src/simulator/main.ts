import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { asKopruError, KopruError } from '../core/errors';
import { keptCredentials, writeSources } from './handout';
import { startSimulator } from './index';
import { serviceNames } from './services/addresses';

const usage = `Stand-in agency services, as a process of their own.

  node dist/src/simulator/main.js --cert FILE --key FILE [options]

  --cert, --key FILE          PEM files for TLS
  --port N                    the first of four ports (default 0: any free ones)
  --host ADDRESS              where to listen (default 127.0.0.1)
  --agents, --workers, --children N   records on day 0 (default 2000, 20000, 6000)
  --seed N, --start-date yyyy-MM-dd, --day N   the same values give the same data
  --page-cap N                the most records on a page, up to 5000
  --daily-limit N             Ek-1's queries a day (default 1000)
  --control-token TEXT        opens /control to those who send it as a bearer token
  --folder DIR                keeps the credentials there, and writes sources files for the product
  --pages-folder DIR          writes each day's pages there before they are asked for
  --ca FILE                   PEM of the authority behind --cert, for those sources files (default: --cert)
  --json                      prints one line of JSON instead of text`;

const text = { type: 'string' } as const;
const options = {
  ...{ cert: text, key: text, port: text, host: text, agents: text, workers: text, children: text, seed: text, day: text },
  ...{ 'start-date': text, 'page-cap': text, 'daily-limit': text, 'control-token': text, folder: text, 'pages-folder': text, ca: text },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

async function main(): Promise<void> {
  const { values } = read();
  if (values.help) return void process.stdout.write(`${usage}\n`);
  if (!values.cert || !values.key) throw new KopruError('usage', 'The stand-in services need --cert and --key.', { hint: 'See --help.' });

  const credentials = values.folder === undefined ? undefined : keptCredentials(values.folder);
  const port = number('port', values.port) ?? 0;
  const cap = number('page-cap', values['page-cap']);
  const simulator = await startSimulator(
    given({
      tls: { key: file(values.key), cert: file(values.cert) },
      host: values.host,
      ports: port === 0 ? {} : Object.fromEntries(serviceNames.map((name, i) => [name, port + i])),
      sizes: given({
        agents: number('agents', values.agents),
        workers: number('workers', values.workers),
        children: number('children', values.children),
      }),
      seed: number('seed', values.seed),
      day: number('day', values.day),
      startDate: values['start-date'],
      pageCaps: cap === undefined ? undefined : { agents: cap, workers: cap, children: cap },
      queryDailyLimit: number('daily-limit', values['daily-limit']),
      controlToken: values['control-token'],
      pagesFolder: values['pages-folder'],
      credentials,
    }),
  );
  const stop = () => void simulator.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);

  const { baseUrls, controlUrl } = simulator;
  const sources = values.folder === undefined ? [] : writeSources(values.folder, baseUrls, values.ca ?? values.cert);
  // Without a folder the screen is the only place to learn the credentials; they guard made-up people.
  const shown = values.folder === undefined ? { credentials: simulator.credentials } : {};
  if (values.json) process.stdout.write(`${JSON.stringify({ baseUrls, controlUrl, sources, ...shown })}\n`);
  else
    process.stdout.write(`${lines({ ...baseUrls, ...(controlUrl && { control: controlUrl }) }, sources, shown.credentials).join('\n')}\n`);
}

function lines(addresses: Record<string, string>, sources: readonly string[], credentials: object | undefined): string[] {
  return [
    ...Object.entries(addresses).map(([name, address]) => `${name.padEnd(13)} ${address}`),
    ...sources.map((name) => `sources       ${name}`),
    ...(credentials ? [`credentials   ${JSON.stringify(credentials)}`] : []),
    'ready; Ctrl-C ends it',
  ];
}

function read() {
  try {
    return parseArgs({ options, strict: true, allowPositionals: false });
  } catch (error) {
    throw new KopruError('usage', (error as Error).message, { hint: 'See --help.' });
  }
}

function number(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,10}$/.test(value)) throw new KopruError('usage', `--${name} takes a whole number.`);
  return Number(value);
}

function file(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new KopruError('usage', `The file ${path} cannot be read.`);
  }
}

/** An object without its absent values. */
function given<T extends object>(all: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as ReturnType<typeof given<T>>;
}

main().catch((thrown: unknown) => {
  const error = asKopruError(thrown);
  process.stderr.write(`${error.message}${error.hint ? ` ${error.hint}` : ''}\n`);
  process.exitCode = 2;
});
