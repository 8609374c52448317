import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { KopruError } from '../../core/errors';
import { serverEnvironment } from './settings';

const run = promisify(execFile);

/** Whom the server runs as; empty for the present user. PostgreSQL refuses root. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

async function lookUp(name: string): Promise<ServerUser | undefined> {
  try {
    const uid = Number((await run('id', ['-u', name])).stdout);
    const gid = Number((await run('id', ['-g', name])).stdout);
    return { uid, gid };
  } catch {
    return undefined;
  }
}

const waysToCreate: readonly (readonly [string, string[]])[] = [
  ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']],
  ['useradd', ['--system', '-g', 'postgres', '--no-create-home', 'postgres']],
  ['adduser', ['-S', '-D', '-H', 'postgres']],
];

async function create(): Promise<ServerUser | undefined> {
  for (const [command, args] of waysToCreate) {
    const done = await run(command, args).then(
      () => true,
      () => false,
    );
    const user = done ? await lookUp('postgres') : undefined;
    if (user) return user;
  }
  return undefined;
}

/** The user `postgres`, made if need be, when we are root. */
export async function serverUser(): Promise<ServerUser> {
  if (!isRoot()) return {};
  const user = (await lookUp('postgres')) ?? (await create());
  if (user) return user;
  throw new KopruError('embedded-failed', 'PostgreSQL refuses to run as root, and the user postgres could not be made.', {
    hint: 'Start as an ordinary user, make the user (useradd --system postgres), or set DATABASE_URL.',
  });
}

/** Whether that user can really write in the folder, asked of the kernel rather than computed from modes. */
export async function mayWrite(user: ServerUser, folder: string): Promise<boolean> {
  return succeeds(user, '/bin/sh', ['-c', 'cd -- "$1" && : > .probe && rm .probe', 'sh', folder]);
}

/** Whether that user can run the program, its libraries included. */
export async function mayRun(user: ServerUser, program: string): Promise<boolean> {
  return succeeds(user, program, ['--version']);
}

async function succeeds(user: ServerUser, command: string, args: string[]): Promise<boolean> {
  try {
    await run(command, args, { ...user, cwd: '/', env: serverEnvironment });
    return true;
  } catch {
    return false;
  }
}
