import { defineConfig } from 'prisma/config';

/** For Prisma's own command line: `generate` here, `migrate deploy` for an operator who has the native engine. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
});
