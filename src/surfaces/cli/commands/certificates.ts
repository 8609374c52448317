import type { Command } from 'commander';
import type { App } from '../../../app/app';
import { KopruError } from '../../../core/errors';
import {
  type CertificateView,
  listCertificates,
  registerCertificate,
  revokeCertificate,
} from '../../../operations/institutions/certificates';
import { requireParty } from '../../../operations/institutions/wishes';
import type { CommandContext, Terminal } from '../deps';
import { table, when } from '../terminal';
import { wholeNumber, withApp } from './runs';

export function certificateCommands(program: Command, context: CommandContext): void {
  const cert = program.command('cert').description('client certificates that bind an institution');

  cert
    .command('ca')
    .requiredOption('--out <folder>', 'where its certificate and its key are written')
    .description('make a small certificate authority, for tests and trials')
    .action(async ({ out }: { out: string }) => {
      const terminal = context.terminal();
      const files = await context.deps.certificates.makeAuthority(out);
      terminal.data(files);
      terminal.line(`${files.certFile} is the authority’s certificate: name it in CLIENT_CA_FILE.`);
      terminal.line(`${files.keyFile} is its key: keep it where nobody else can read it.`);
    });

  cert
    .command('issue')
    .requiredOption('--party <party>', 'whose it is')
    .requiredOption('--ca <folder>', 'the authority’s folder')
    .requiredOption('--out <folder>', 'where certificate and key are written')
    .option('--days <n>', 'how long it is valid', '365')
    .option('--document <text>', 'reference of the paper that asks for it', 'kopru cert issue')
    .description('issue a client certificate by such an authority, and register it')
    .action(async (options: { party: string; ca: string; out: string; days: string; document: string }) => {
      const terminal = context.terminal();
      const days = wholeNumber(options.days, '--days');
      if (days < 1 || days > mostDays) throw new KopruError('usage', `--days must be from 1 to ${mostDays}.`);
      const { files, registered } = await withApp(context, async (app) => {
        requireParty(app.agreement, options.party);
        const whose = { party: options.party, organisation: app.agreement.parties[options.party]?.short ?? options.party };
        const { certificate, ...files } = await context.deps.certificates.issue({
          ...whose,
          days,
          authority: options.ca,
          folder: options.out,
        });
        const wish = { party: options.party, certificate, document: options.document };
        return { files, registered: await registerCertificate(app.broker, wish, { by: 'cli', command: 'cert issue' }) };
      });
      terminal.data({ ...registered, ...files });
      terminal.line(`${files.certFile} and its key ${files.keyFile} are for ${options.party} alone: hand them over by a safe way.`);
      told(context, terminal, registered);
    });

  cert
    .command('import')
    .argument('<file>', 'the certificate in PEM, without its key')
    .requiredOption('--party <party>', 'whose it is')
    .requiredOption('--document <text>', 'reference of the paper by which the institution named it')
    .description('register an institution’s own client certificate')
    .action(async (file: string, options: { party: string; document: string }) => {
      const terminal = context.terminal();
      const certificate = await context.deps.certificates.read(file);
      const register = (app: App) => registerCertificate(app.broker, { ...options, certificate }, { by: 'cli', command: 'cert import' });
      const registered = await withApp(context, register);
      terminal.data(registered);
      told(context, terminal, registered);
    });

  cert
    .command('revoke')
    .argument('<id>', 'its number on the list')
    .requiredOption('--reason <text>', 'why; nothing of a person')
    .description('end a certificate, at the next request that is made with it')
    .action(async (id: string, { reason }: { reason: string }) => {
      const terminal = context.terminal();
      const wish = { id: wholeNumber(id, 'the certificate'), reason };
      const revoked = await withApp(context, (app) => revokeCertificate(app.broker, wish, 'cli'));
      terminal.data(revoked);
      terminal.line(`Certificate ${revoked.id} of ${revoked.party} is revoked.`);
    });

  cert
    .command('list')
    .description('list all that were registered, with their state now')
    .action(async () => {
      const terminal = context.terminal();
      const found = await withApp(context, (app) => listCertificates(app.broker));
      terminal.data(found);
      terminal.line(
        table(
          ['id', 'party', 'status', 'subject', 'serial', 'valid until', 'document', 'revoked for'],
          found.map((c) => [String(c.id), c.party, c.status, c.subject, c.serial, when(c.notAfter), c.document, c.revokedReason]),
        ),
      );
    });
}

const mostDays = 5 * 365;

function told({ deps }: CommandContext, terminal: Terminal, { id, party, notAfter }: CertificateView): void {
  terminal.line(`Certificate ${id} is registered for ${party}, valid until ${when(notAfter)}: ${party} now comes with one.`);
  if (deps.settings().clientCertificates === 'off')
    terminal.line(`With CLIENT_CERTIFICATES off, as here, the API asks for none, and ${party} is shut out until it does.`);
}
