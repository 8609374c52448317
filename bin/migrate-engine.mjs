#!/usr/bin/env node
// Prisma's own schema engine as WebAssembly, in a process of its own: it is an ES module and needs no native binary.
// The database's address comes in the environment (KOPRU_MIGRATE_URL), for arguments are visible to every user of the machine.
// Prints one line of JSON: { ok } or { error }.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const { PrismaPg } = require('@prisma/adapter-pg');
const { bindMigrationAwareSqlAdapterFactory } = require('@prisma/driver-adapter-utils');

const noFilter = { externalTables: [], externalEnums: [] };

async function loadEngine() {
  const folder = join(root, 'node_modules/@prisma/schema-engine-wasm');
  const glue = await import(pathToFileURL(join(folder, 'schema_engine_bg.js')).href);
  const { instance } = await WebAssembly.instantiate(readFileSync(join(folder, 'schema_engine_bg.wasm')), {
    './schema_engine_bg.js': glue,
  });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return glue.SchemaEngine;
}

/**
 * Prisma's adapter cuts a script at every semicolon, which breaks function bodies and makes a migration's statements
 * separate. Sent whole, the script is one implicit transaction: applied entirely or not at all.
 */
function wholeScripts(factory) {
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    adapter.executeScript = async (script) => {
      try {
        await adapter.client.query(script);
      } catch (error) {
        adapter.onError(error);
      }
    };
    return adapter;
  };
  return factory;
}

function migrationsList() {
  const folder = join(root, 'prisma/migrations');
  const lock = join(folder, 'migration_lock.toml');
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: existsSync(lock) ? readFileSync(lock, 'utf8') : null },
    shadowDbInitScript: '',
    migrationDirectories: readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort()
      .map((path) => ({
        path,
        migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: readFileSync(join(folder, path, 'migration.sql'), 'utf8') } },
      })),
  };
}

const schemas = () => ({ files: [{ path: 'prisma/schema.prisma', content: readFileSync(join(root, 'prisma/schema.prisma'), 'utf8') }] });

const commands = {
  async apply(engine) {
    const list = migrationsList();
    const { failedMigrationNames } = await engine.diagnoseMigrationHistory({
      migrationsList: list,
      optInToShadowDatabase: false,
      filters: noFilter,
    });
    // A migration that a killed process began was undone with its transaction; only the note of its beginning is left.
    for (const migrationName of failedMigrationNames) await engine.markMigrationRolledBack({ migrationName });
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList: list, filters: noFilter });
    return appliedMigrationNames;
  },
  /** The SQL that makes prisma/schema.prisma from nothing, to compare the migrations with. */
  async schema(engine) {
    const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', ...schemas() },
      script: true,
      exitCode: null,
      filters: noFilter,
    });
    return stdout ?? '';
  },
};

async function main() {
  const command = commands[process.argv[2]];
  const connectionString = process.env.KOPRU_MIGRATE_URL;
  if (!command || !connectionString) throw new Error('usage: KOPRU_MIGRATE_URL=… node bin/migrate-engine.mjs apply|schema');
  const schema = new URL(connectionString).searchParams.get('schema') ?? undefined;
  const SchemaEngine = await loadEngine();
  const factory = bindMigrationAwareSqlAdapterFactory(wholeScripts(new PrismaPg({ connectionString }, { schema })));
  const engine = await SchemaEngine.new({ datamodels: schemas().files.map((f) => [f.path, f.content]) }, () => {}, factory);
  return command(engine);
}

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));

main().then(
  (ok) => say({ ok }),
  (error) => say({ error: String(error?.message ?? error) }),
);
