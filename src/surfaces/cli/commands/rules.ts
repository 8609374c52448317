import type { Command } from 'commander';
import { KopruError } from '../../../core/errors';
import { listRules, setThreshold } from '../../../operations/rules';
import type { CommandContext } from '../deps';
import { table } from '../terminal';
import { withApp } from './runs';

export function ruleCommands(program: Command, context: CommandContext): void {
  const rules = program
    .command('rules')
    .description('list the rules of reconciliation, with their thresholds')
    .action(async () => {
      const terminal = context.terminal();
      const found = await withApp(context, (app) => listRules(app.broker));
      terminal.data(found);
      terminal.line(
        table(
          ['rule', 'what', 'severity', 'thresholds'],
          found.map((r) => [
            r.rule,
            r.label,
            r.severity,
            r.thresholds.map((t) => `${t.threshold} ${t.value}${t.changedBy ? ` (agreement: ${t.agreed})` : ''}`).join(', '),
          ]),
        ),
      );
    });

  rules
    .command('set')
    .argument('<rule>')
    .argument('<threshold>', 'such as tolerance.count')
    .argument('<value>', 'a number; or agreement, for the agreement’s own')
    .description('give a rule another threshold; the next comparison takes it up')
    .action(async (rule: string, threshold: string, value: string) => {
      const terminal = context.terminal();
      const wish = { rule, threshold, value: value === 'agreement' ? null : numberOf(value) };
      const done = await withApp(context, (app) => setThreshold(app.broker, wish, 'cli'));
      terminal.data(done);
      terminal.line(`${rule}: ${threshold} is ${done.value} (agreement: ${done.agreed}). Compare now with kopru reconcile.`);
    });
}

function numberOf(text: string): number {
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(text)) throw new KopruError('usage', 'The value must be a number such as 2 or 0.2, or agreement.');
  return Number(text);
}
