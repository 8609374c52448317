import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KopruError } from '../../src/core/errors';
import { createLog } from '../../src/infra/log';
import type { LogLevel } from '../../src/infra/settings';
import { scratch } from './support/server';

const { folder, tidy } = scratch();
afterEach(tidy);

function open(logLevel: LogLevel = 'trace') {
  const dataFolder = folder();
  const path = join(dataFolder, 'logs/kopru.log');
  const log = createLog({ dataFolder, logFile: undefined, logLevel });
  const lines = () =>
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, path, lines, text: () => readFileSync(path, 'utf8') };
}

test('lines go to a file of the data folder that nobody else reads', () => {
  const { log, path, lines } = open();
  log.child({ run: 7 }).info({ dataset: 'x', records: 12 }, 'run ends');
  expect(lines()).toEqual([{ level: 'info', time: expect.stringMatching(/Z$/), run: 7, dataset: 'x', records: 12, msg: 'run ends' }]);
  expect(statSync(path).mode & 0o077).toBe(0);
});

test('the level is kept', () => {
  const { log, lines } = open('warn');
  log.info('not this');
  log.warn('this');
  expect(lines().map((line) => line['msg'])).toEqual(['this']);
});

test('a field that is not on the list, or no plain value, is left out and named', () => {
  const { log, lines, text } = open();
  log.child({ person: 'Ayşe' }).info({ name: 'Ayşe', tckn: '10000000146', dataset: { of: 'Ayşe' }, records: 1 }, 'read');
  expect(text()).not.toMatch(/Ayşe|10000000146/);
  expect(lines()[0]).toMatchObject({ records: 1, dropped: 'name tckn dataset' });
});

test('what looks like a national id is cut out of texts and numbers too', () => {
  const { log, text } = open();
  log.info({ reason: 'id 10000000146 refused', count: 10000000146 }, 'record 10000000146 refused');
  log.info('plain 10000000146 %s', '10000000146');
  expect(text()).not.toContain('10000000146');
});

test('an unknown error tells its class, code and place, never its text', () => {
  const { log, lines, text } = open();
  const cause = Object.assign(new TypeError('Key (id)=(10000000146) Ayşe'), {
    code: '23505',
    constraint: 'person_pkey',
    detail: 'Ayşe',
    where: 'Ayşe',
    table: 'person',
  });
  log.error({ code: 'internal', err: new Error('Ayşe\n    at Ayşe', { cause }) }, 'failed');
  log.error(new Error('Ayşe'));
  log.error({ err: new Error('Ayşe') });
  expect(text()).not.toMatch(/Ayşe|10000000146/);
  expect(lines()[0]?.['err']).toMatchObject({
    type: 'Error',
    at: expect.arrayContaining([expect.stringContaining('log.test.ts')]),
    causes: [{ type: 'TypeError', code: '23505', constraint: 'person_pkey', table: 'person' }],
  });
});

test('the broker’s own error keeps its sentence, and all errors of a bundle are told', () => {
  const { log, lines } = open();
  log.error(
    { err: new KopruError('port-taken', 'Port 8443 is in use.', { cause: new AggregateError([new Error('a'), new RangeError('b')]) }) },
    'x',
  );
  expect(lines()[0]?.['err']).toMatchObject({
    type: 'KopruError',
    code: 'port-taken',
    message: 'Port 8443 is in use.',
    causes: [{ type: 'AggregateError', causes: [{ type: 'Error' }, { type: 'RangeError' }] }],
  });
});

test('a thrown text is not told', () => {
  const { log, text } = open();
  log.error({ err: 'Ayşe' }, 'x');
  expect(text()).not.toContain('Ayşe');
});
