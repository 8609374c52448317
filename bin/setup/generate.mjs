// `prisma generate`, when the schema changed. Nothing native is needed for it and nothing is downloaded.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './run.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

/** Prisma wants its schema engine to exist even where it is not used, and would download it. */
const quietPrisma = {
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};

export function generateStep(project) {
  const output = join(project, 'src/infra/generated');
  const stamp = join(output, '.stamp');
  const wanted = () =>
    hashOf(
      readFileSync(join(project, 'prisma/schema.prisma')),
      readFileSync(join(project, 'prisma.config.ts')),
      readFileSync(join(project, 'node_modules/prisma/package.json')),
    );
  return {
    isFresh: () => readStamp(stamp) === wanted() && existsSync(join(output, 'client.ts')),
    async run(noteChild) {
      rmSync(stamp, { force: true });
      await runTool({
        label: 'Generating the database client',
        command: process.execPath,
        args: [join(project, 'node_modules/prisma/build/index.js'), 'generate'],
        cwd: project,
        env: quietPrisma,
        failure: 'The database client could not be generated from prisma/schema.prisma; see above.',
        noteChild,
      });
      writeStamp(stamp, wanted());
    },
  };
}
