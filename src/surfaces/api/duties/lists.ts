import { isAscii, isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { KopruError } from '../../../core/errors';
import { importPersonnel } from '../../../operations/people/import';
import { answer, problems, query, text, whole } from '../schemas';
import type { ApiDeps } from '../server';
import type { Administer } from './administrator';
import { common, flag, plain, reference } from './shapes';

/** A list is some hundred rows; what the command line takes beyond this comes with pictures, or in several lists. */
const mostBytes = 2 * 1024 * 1024;

const csv = 'text/csv';
const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Made up, and its number stands for nobody: as it is, it is refused. */
const example = [
  'Ad Soyad;T.C. Kimlik No;Birim;İl;Unvan;E-posta;Roller;IP;Başlangıç Tarihi;Bitiş Tarihi',
  'Örnek Kişi;11111111110;Bilgi İşlem;Adana;Uzman;kisi@kurum.example;Sorgulama;;01.02.2026;\r\n',
].join('\r\n');

const count = (description: string, example: number) => ({ ...whole, minimum: 0, description, examples: [example] });

/** Takes in a list of the own party's authorised personnel (V.E.4, Ek-3); the one route that reads another body than JSON. */
export function listRoute(app: FastifyInstance, { broker }: ApiDeps, administer: Administer): void {
  void app.register(async (scope) => {
    formsOnly(scope);
    scope.post<{ Querystring: { document: string; complete: string; dryRun: string }; Body: Buffer | undefined }>(
      '/personnel/lists',
      {
        bodyLimit: mostBytes,
        schema: {
          ...common,
          operationId: 'importPersonnel',
          summary: 'Takes in a list of authorised personnel (Ek-3), whole or not at all',
          description:
            'CSV or XLSX with the columns of docs/operators.md. One mistake refuses the whole list; `mistakes` of the problem tells row, column and reason, and never what stands there.',
          querystring: query(
            {
              document: reference,
              complete: flag('true: it lists all of your institution’s personnel; whoever is not in it is removed, with the tokens'),
              dryRun: flag('true: only tell what would change'),
            },
            ['document'],
          ),
          body: {
            content: {
              [csv]: {
                schema: { description: 'in UTF-8 or windows-1254, with semicolons or commas; at most 2 MiB', examples: [example] },
              },
              [xlsx]: {
                schema: { description: 'the bytes of the workbook; at most 2 MiB', contentMediaType: xlsx, examples: ['PK…'] },
              },
            },
          },
          response: {
            200: answer('what it did, or would do: how many, and never who', {
              listed: count('rows', 12),
              added: count('people who are new', 3),
              changed: count('of whom something is other', 2),
              same: count('of whom nothing is other', 7),
              removed: count('people who are not in a complete list', 0),
              unlisted: count('authorised people who are not in the list and stay', 1),
              tokensEnded: count('live tokens that the removals ended', 0),
              sha256: { ...text, pattern: '^[0-9a-f]{64}$', description: 'of the body, hex', examples: ['5f'.repeat(32)] },
              dryRun: { type: 'boolean' },
            }),
            ...problems(400, 401, 403, 404, 413, 415, 500, 503),
          },
        },
      },
      async ({ asker, body: bytes, query: asked }) => {
        if (!bytes) throw otherType();
        const document = plain('document’s reference', asked.document);
        const [complete, dryRun] = [asked.complete === 'true', asked.dryRun === 'true'];
        const { party } = asker.who.person;
        const { party: _, ...done } = await administer(asker, (acting) =>
          importPersonnel(broker, { party, bytes, document, complete, dryRun }, acting),
        );
        return done;
      },
    );
  });
}

function formsOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([csv, xlsx], { parseAs: 'buffer' }, async ({ headers }: FastifyRequest, body: Buffer) => {
    const charset = /charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1];
    if (headers['content-encoding'] || (charset !== undefined && !isWrittenIn(charset, body))) throw otherType();
    return body;
  });
  app.addContentTypeParser('*', async () => {
    throw otherType();
  });
}

/** Whether the bytes will be read in the character set that the header names: what can be read in two ways is refused. */
function isWrittenIn(charset: string, bytes: Buffer): boolean {
  if (!/^(?:utf-?8|windows-1254|iso-8859-9)$/i.test(charset)) return false;
  return isAscii(bytes) || isUtf8(bytes) === /^utf/i.test(charset);
}

const otherType = () =>
  new KopruError('media-type', `A list of personnel comes as ${csv} in UTF-8 or windows-1254, or as XLSX.`, {
    hint: `Send Content-Type: ${csv} or ${xlsx}, not compressed, with the character set that the file has.`,
  });
