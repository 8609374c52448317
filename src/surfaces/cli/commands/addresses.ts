import type { Command } from 'commander';
import { type AddressRuleView, addAddressRule, listAddressRules, removeAddressRule } from '../../../operations/institutions/addresses';
import type { CommandContext } from '../deps';
import { table, when } from '../terminal';
import { wholeNumber, withApp } from './runs';

export function addressCommands(program: Command, context: CommandContext): void {
  const address = program.command('address').description('addresses from which an institution’s people may come');

  address
    .command('add')
    .argument('<range>', 'such as 10.1.0.0/16, 10.1.2.3 or 2001:db8::/32')
    .requiredOption('--party <party>', 'which institution')
    .option('--unit <unit>', 'one unit of it, for which these hold instead of the institution’s')
    .requiredOption('--document <text>', 'reference of the paper by which the institution named it')
    .option('--note <text>', 'what is there; nothing of a person')
    .description('let an institution or a unit come from there; its first rule shuts all other addresses out')
    .action(async (cidr: string, options: { party: string; unit?: string; document: string; note?: string }) => {
      const terminal = context.terminal();
      const rule = await withApp(context, (app) => addAddressRule(app.broker, { ...options, cidr }, 'cli'));
      terminal.data(rule);
      terminal.line(ruleTable([rule]));
    });

  address
    .command('remove')
    .argument('<id>', 'its number on the list')
    .description('take a rule back; without any left, every address is allowed')
    .action(async (id: string) => {
      const terminal = context.terminal();
      const rule = await withApp(context, (app) => removeAddressRule(app.broker, wholeNumber(id, 'the rule'), 'cli'));
      terminal.data(rule);
      terminal.line(`Rule ${rule.id} (${rule.party}, ${rule.cidr}) is removed.`);
    });

  address
    .command('list')
    .option('--party <party>', 'of one institution')
    .option('--all', 'removed ones too')
    .description('list the rules')
    .action(async (options: { party?: string; all?: boolean }) => {
      const terminal = context.terminal();
      const found = await withApp(context, (app) => listAddressRules(app.broker, options));
      terminal.data(found);
      terminal.line(found.length === 0 ? 'There are no rules: every address is allowed.' : ruleTable(found));
    });
}

function ruleTable(rules: AddressRuleView[]): string {
  return table(
    ['id', 'party', 'unit', 'addresses', 'note', 'document', 'added', 'removed'],
    rules.map((r) => [
      String(r.id),
      r.party,
      r.unit ?? 'all',
      r.cidr,
      r.note,
      r.document,
      when(r.addedAt),
      r.removedAt && when(r.removedAt),
    ]),
  );
}
