import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type Command, Option } from 'commander';
import { KopruError } from '../../../core/errors';
import type { Provenance } from '../../../disclosure/door';
import { decoded, exportFormats, exportNames, type Statement, separators } from '../../exported';
import { askApi } from '../client';
import type { CommandContext } from '../deps';
import { type Proof, throughWhole, writeWhole } from '../wholeExport';
import { type AccessOptions, accessOf, asParty, type Chosen, choosing, chosen, query } from './read';

interface ExportOptions extends AccessOptions, Chosen {
  format: Statement['format'];
  separator?: string;
  out?: string;
  snapshot?: string;
  fields?: string;
}

/** What is written beside an exported file, so that it can be proven what it holds and by what right. */
interface Manifest extends Statement, Proof, Provenance {
  requestId: string;
}

export function exportCommand(program: Command, context: CommandContext): void {
  choosing(asParty(program.command('export').argument('<dataset>')))
    .addOption(new Option('--format <format>', 'for programs or for spreadsheets').choices(exportFormats).default('ndjson'))
    .addOption(new Option('--separator <name>', 'of a CSV; semicolon if left out').choices(Object.keys(separators)))
    .option('--out <file>', 'a file; a manifest is written beside it. Standard output if left out')
    .description('export a whole snapshot as a party, one record a line')
    .action(async (dataset: string, options: ExportOptions) => {
      const { format, separator, snapshot, fields, out } = options;
      const terminal = context.terminal();
      if (terminal.json && !out && format === 'csv')
        throw new KopruError('usage', 'Standard output takes either a CSV or JSON.', {
          hint: 'Leave out --json, or name a file with --out.',
        });
      const asked = query({ format, separator, snapshot, fields, ...chosen(options) });
      const answer = await askApi(accessOf(context, options), `/v1/datasets/${encodeURIComponent(dataset)}/export${asked}`);
      if (!out) return void (await throughWhole(answer, format, print));
      const manifest = await writeWhole(answer, format, out, (proof) => manifestOf(answer, proof));
      terminal.line(`${out}: snapshot v${manifest.snapshot.version} of ${dataset}, ${manifest.records} records; manifest beside it.`);
      terminal.data({ file: out, manifestFile: `${out}.manifest.json`, manifest });
    });
}

async function print(part: Buffer): Promise<void> {
  if (!process.stdout.write(part)) await once(process.stdout, 'drain');
}

function manifestOf({ headers }: IncomingMessage, proof: Proof): Manifest {
  const said = (name: string) => decoded(String(headers[name.toLowerCase()]));
  return {
    ...(said(exportNames.provenance) as Provenance),
    ...(said(exportNames.statement) as Statement),
    ...proof,
    requestId: String(headers['request-id']),
  };
}
