import { Command, CommanderError } from 'commander';
import { asKopruError, errorCatalogue } from '../../core/errors';
import { accessCommands } from './commands/access';
import { addressCommands } from './commands/addresses';
import { agreementCommands } from './commands/agreement';
import { auditCommands } from './commands/audit';
import { certificateCommands } from './commands/certificates';
import { consentCommands } from './commands/consents';
import { exportCommand } from './commands/export';
import { findingCommands } from './commands/findings';
import { incidentCommands } from './commands/incidents';
import { otherCommands } from './commands/other';
import { personCommands } from './commands/person';
import { personnelCommands } from './commands/personnel';
import { processCommands } from './commands/processes';
import { publicationCommands } from './commands/publications';
import { quarantineCommands } from './commands/quarantine';
import { quotaCommands } from './commands/quotas';
import { readCommands } from './commands/read';
import { registerCommands } from './commands/registers';
import { reportCommands } from './commands/report';
import { ruleCommands } from './commands/rules';
import { runCommands } from './commands/runs';
import { scheduleCommands } from './commands/schedules';
import { serviceCommands } from './commands/services';
import { showCommand } from './commands/show';
import { snapshotCommands } from './commands/snapshots';
import { statisticCommand } from './commands/statistics';
import { subjectCommands } from './commands/subjects';
import { tokenCommands } from './commands/token';
import { undertakingCommands } from './commands/undertaking';
import { upCommand } from './commands/up';
import type { CliDeps, CommandContext } from './deps';
import { terminal } from './terminal';

/** Runs one command; returns its exit code (docs/operators.md lists them). Errors are one sentence on standard error. */
export async function runCli(argv: readonly string[], deps: CliDeps): Promise<number> {
  // A reader such as head that has seen enough is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const program = new Command('kopru')
    .description('Köprü carries data between agencies strictly as their signed protocol says.')
    .option('--json', 'answer in JSON')
    .showHelpAfterError('(kopru --help lists the commands)')
    .exitOverride();
  const context: CommandContext = { deps, terminal: () => terminal(program.opts().json === true) };
  upCommand(program, context);
  processCommands(program, context);
  runCommands(program, context);
  scheduleCommands(program, context);
  snapshotCommands(program, context);
  quarantineCommands(program, context);
  reportCommands(program, context);
  readCommands(program, context);
  showCommand(program, context);
  exportCommand(program, context);
  findingCommands(program, context);
  ruleCommands(program, context);
  quotaCommands(program, context);
  statisticCommand(program, context);
  consentCommands(program, context);
  publicationCommands(program, context);
  agreementCommands(program, context);
  auditCommands(program, context);
  registerCommands(program, context);
  subjectCommands(program, context);
  incidentCommands(program, context);
  personnelCommands(program, context);
  personCommands(program, context);
  accessCommands(program, context);
  undertakingCommands(program, context);
  tokenCommands(program, context);
  serviceCommands(program, context);
  certificateCommands(program, context);
  addressCommands(program, context);
  otherCommands(program, context);
  for (const command of allCommands(program))
    command
      .exitOverride()
      .option('--json', 'answer in JSON')
      .hook('preAction', (_this, acting) => void (acting.opts().json && program.setOptionValue('json', true)));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const error = asKopruError(thrown);
    if (program.opts().json)
      process.stdout.write(`${JSON.stringify({ error: { code: error.code, message: error.message, hint: error.hint ?? null } })}\n`);
    const cause = error.code === 'internal' && error.cause instanceof Error ? ` (${error.cause.name})` : '';
    process.stderr.write(`kopru: ${error.message}${error.hint ? ` ${error.hint}` : ''} [${error.code}]${cause}\n`);
    return errorCatalogue[error.code].exit;
  }
}

function allCommands(parent: Command): Command[] {
  return parent.commands.flatMap((command) => [command, ...allCommands(command)]);
}
