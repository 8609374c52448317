import type { Command } from 'commander';
import { KopruError } from '../../../core/errors';
import { type Check, checkInstallation } from '../../../operations/upkeep/doctor';
import type { CommandContext } from '../deps';

export function otherCommands(program: Command, context: CommandContext): void {
  const { deps } = context;

  program
    .command('migrate')
    .description('apply missing migrations to the database')
    .action(async () => {
      const terminal = context.terminal();
      const app = await deps.openApp({ settings: deps.settings(), migrate: true, say: (line) => terminal.line(line) });
      await app.close();
      terminal.line('The database is up to date.');
      terminal.data({ migrated: true });
    });

  program
    .command('doctor')
    .description('check settings, database, queue, sources, keys and clock, and say what to do')
    .action(async () => {
      const terminal = context.terminal();
      const checks: Check[] = [];
      const settings = deps.settings();
      const sources = await deps.sources(settings);
      try {
        const app = await deps.openApp({ settings, sourcesFile: sources.file, standIns: sources.standIns });
        try {
          checks.push(...(await checkInstallation(app.broker, { redisUrl: settings.redisUrl, queue: () => app.checkQueue() })));
        } finally {
          await app.close();
        }
      } finally {
        await sources.close();
      }
      terminal.data(checks);
      for (const { name, ok, message, hint } of checks)
        terminal.line(`${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(28)} ${message}${ok || !hint ? '' : ` ${hint}`}`);
      const bad = checks.filter((c) => !c.ok);
      if (bad.length > 0) throw new KopruError(bad[0]?.code ?? 'internal', `${bad.length} of ${checks.length} checks failed.`);
    });

  const simulator = program.command('simulator').description('the stand-in agency services: steer those that run, or serve them alone');
  simulator
    .command('serve', { isDefault: false })
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .description('serve them as a process of their own (see simulator serve --help)')
    .action(async (_options, command: Command) => {
      process.exitCode = await deps.serveStandIns(command.args);
    });
  simulator
    .command('next-day')
    .description('let a day pass: 1% changes, 0.5% is added, 0.5% removed')
    .action(() => steer('POST', 'next-day'));
  simulator
    .command('state')
    .description('the stand-ins’ day and sizes')
    .action(() => steer('GET', 'state'));
  simulator
    .command('fault')
    .argument('<json>', 'such as {"service":"workers","kind":"status-500"}; see docs/operators.md')
    .description('order a fault for a coming request')
    .action(async (json: string) => {
      let fault: unknown;
      try {
        fault = JSON.parse(json);
      } catch {
        throw new KopruError('usage', 'The fault is not JSON.');
      }
      await steer('POST', 'faults', fault);
    });

  simulator
    .command('clear-faults')
    .description('take back all ordered faults')
    .action(() => steer('DELETE', 'faults'));

  async function steer(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> {
    const answer = await deps.steerStandIns(deps.settings(), method, path, body);
    process.stdout.write(`${answer.trimEnd()}\n`);
  }
}
