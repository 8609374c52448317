import { runEngine } from '../../../src/infra/migrate';
import { ask } from './server';

const describeSchema = `
  select format('column %s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' end,
                ' default ' || pg_get_expr(d.adbin, d.adrelid)) as line
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> '_prisma_migrations'
  union
  select format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid))
    from pg_constraint
   where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f') and conrelid <> 0
     and conrelid::regclass::text <> '_prisma_migrations'
  union
  select 'index ' || replace(indexdef, ' ON ONLY ', ' ON ') from pg_indexes where schemaname = 'public' and tablename <> '_prisma_migrations'`;

async function lines(url: string): Promise<Set<string>> {
  return new Set((await ask<{ line: string }>(url, describeSchema)).map((row) => row.line));
}

/** What prisma/schema.prisma has and the migrated database lacks or has otherwise; columns also the other way round. */
export async function schemaDifferences(migrated: string, empty: string): Promise<string[]> {
  await ask(empty, await runEngine<string>('schema', empty));
  const [there, wanted] = [await lines(migrated), await lines(empty)];
  return [
    ...[...wanted].filter((line) => !there.has(line)).map((line) => `missing: ${line}`),
    ...[...there].filter((line) => line.startsWith('column') && !wanted.has(line)).map((line) => `unknown to the schema: ${line}`),
  ];
}
