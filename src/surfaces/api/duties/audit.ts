import type { FastifyInstance } from 'fastify';
import { type AuditAsked, readAudit, searchedSubject, type Verdict, verifyAudit } from '../../../operations/audit';
import { exampleUuid } from '../examples/problems';
import { exampleId } from '../examples/values';
import { linkNext, time } from '../routes/asked';
import { answer, object, problems, query, text, whole } from '../schemas';
import type { ApiDeps } from '../server';
import { admitAbout } from './deeds';
import { entryNumber, entryPage, pageOf, rangeOf, shown } from './entries';

interface Ranged {
  since?: string;
  until?: string;
  before?: number;
  limit: number;
}
type AuditQuery = Ranged & Pick<AuditAsked, 'action' | 'person' | 'decision' | 'request'>;

const readerNote =
  'The host’s auditor sees all; another party’s sees accesses by its own people, and anybody’s to its datasets, to those made of them and to findings about them (policy). Nothing personal is in an entry.';
const lookedAt = 'A page looks at 20,000 entries at most, so it may be short or empty while next leads on.';

/** Reading the log: only the auditor’s role does, and each reading is logged first. */
export function auditRoutes(app: FastifyInstance, { door, broker, agreement }: ApiDeps): void {
  const common = { tags: ['audit'] };
  const readBy = async (party: string, logged: number, asked: AuditAsked) => {
    const { entries, ...more } = await readAudit(broker, { party, logged }, asked);
    return { visible: party === agreement.host.party ? 'all' : 'party', entries: entries.map(shown), ...more };
  };

  app.get<{ Querystring: AuditQuery }>(
    '/audit',
    {
      schema: {
        ...common,
        operationId: 'listAudit',
        summary: 'The audit log, newest first, for auditors',
        description: `${readerNote} ${lookedAt}`,
        querystring: query({
          ...pageOf,
          ...rangeOf,
          action: { ...text, minLength: 1, maxLength: 60, description: 'of one action, as the entries name it', examples: ['records'] },
          person: { ...whole, minimum: 1, maximum: 999_999_999, description: 'of one person, by number', examples: [17] },
          decision: { ...text, enum: ['allow', 'refuse'], description: 'allowed ones alone, or refused ones' },
          request: { ...text, format: 'uuid', description: 'of one request (Request-Id)', examples: [exampleUuid] },
        }),
        response: { 200: entryPage, ...problems(400, 401, 403, 500, 503) },
      },
    },
    async ({ asker, query: asked }, reply) => {
      const { action, person, decision, request, before, limit } = asked;
      const filter = { action, person, decision, request, before, limit, ...timesOf(asked) };
      const found = await readBy(asker.who.person.party, await door.admit(asker, 'audit'), filter);
      linkNext(reply, '/v1/audit', { ...asked }, found.next === undefined ? undefined : String(found.next), 'before');
      return found;
    },
  );

  app.post<{ Body: Ranged & { id: string; since: string } }>(
    '/audit/subject',
    {
      schema: {
        ...common,
        operationId: 'searchAudit',
        summary: 'The log’s entries about one person, for auditors',
        description: `By the national id, which goes in the body. A range of time must be given, of at most 400 days up to now or until. ${lookedAt} The search is logged as concerning that person.`,
        querystring: query({}),
        body: object(
          {
            id: { ...text, minLength: 1, maxLength: 20, description: 'the national id', examples: [exampleId] },
            ...rangeOf,
            limit: { ...pageOf.limit, examples: [100] },
            before: pageOf.before,
          },
          ['until', 'limit', 'before'],
        ),
        response: { 200: entryPage, ...problems(400, 401, 403, 413, 415, 500, 503) },
      },
    },
    async ({ asker, body }) => {
      const times = { ...timesOf(body), since: time('since', body.since) };
      const asked = searchedSubject(broker, { nationalId: body.id, ...times });
      const { logged, subject } = await admitAbout(door, asker, 'audit', asked, { as: 'audit subject' });
      return readBy(asker.who.person.party, logged, { subject, ...times, before: body.before, limit: body.limit });
    },
  );

  // It reads the whole log, so those who ask while one is under way share it.
  let verifying: Promise<Verdict> | undefined;
  app.get(
    '/audit/verification',
    {
      schema: {
        ...common,
        operationId: 'verifyAudit',
        summary: 'Whether the log is whole, for the host’s auditor',
        description: 'Holds the whole log against its hashes and checkpoints. What came after the last checkpoint is not anchored yet.',
        querystring: query({}),
        response: { 200: verdictShape, ...problems(400, 401, 403, 500, 503) },
      },
    },
    async ({ asker }) => {
      const logged = await door.admit(asker, 'audit', { as: 'audit verification', reservedTo: 'host' });
      verifying ??= verifyAudit(broker, { logged }).finally(() => {
        verifying = undefined;
      });
      const { entries, hash, firstBad = null, anchoredTo, unanchored } = await verifying;
      return { entries, hash: hash.toString('hex'), firstBad, anchoredTo, unanchored };
    },
  );
}

const count = { ...entryNumber, minimum: 0 };
const verdictShape = answer('what was found', {
  entries: { ...count, description: 'how many are in order, from the first on', examples: [1201] },
  hash: { ...text, pattern: '^[0-9a-f]{64}$', description: 'of the last of them, hex', examples: ['5f'.repeat(32)] },
  firstBad: {
    ...object({ seq: { ...entryNumber, examples: [1202] }, why: { ...text, examples: ['is missing'] } }),
    type: ['object', 'null'],
    description: 'the first entry that is not; null if all are',
    examples: [null],
  },
  anchoredTo: { ...count, description: 'up to here a signed checkpoint proves the log; 0: none does', examples: [1200] },
  unanchored: { ...count, description: 'entries in order after that', examples: [1] },
});

function timesOf({ since, until }: Pick<Ranged, 'since' | 'until'>): { since: Date | undefined; until: Date | undefined } {
  return {
    since: since === undefined ? undefined : time('since', since),
    until: until === undefined ? undefined : time('until', until),
  };
}
