import { randomBytes } from 'node:crypto';
import { type CameWith, certificateOf, certificatesOf, partyOfCertificate } from '../../../src/access/institutions/certificates';
import { days } from '../../support/clientCertificates';
import { type TestDatabase, testDatabase } from '../../support/database';

describe('registered certificates', () => {
  const now = new Date('2026-05-01T09:00:00Z');
  const made = new Map<string, Buffer>();
  let database: TestDatabase;

  beforeAll(async () => {
    database = await testDatabase();
    const revoked = { revokedAt: days(-1, now), revokedBy: 'test', revokedReason: 'lost' };
    for (const [name, party, from, to, more] of [
      ['right', 'a', -10, 10, {}],
      ['revoked', 'a', -10, 10, revoked],
      ['foreign', 'b', -10, 10, {}],
      ['later', 'c', 1, 10, {}],
      ['expired', 'd', -10, -1, {}],
      ['only revoked', 'e', -10, 10, revoked],
    ] as const) {
      const fingerprint = randomBytes(32);
      made.set(name, fingerprint);
      await database.db.prisma.institutionCertificate.create({
        data: {
          party,
          fingerprint: new Uint8Array(fingerprint),
          subject: name,
          serial: '01',
          notBefore: days(from, now),
          notAfter: days(to, now),
          document: 'd',
          addedAt: now,
          addedBy: 'test',
          ...more,
        },
      });
    }
    made.set('unknown', randomBytes(32));
  });
  afterAll(() => database.drop());

  const fingerprint = (name: string) => made.get(name) as Buffer;

  test.each([
    ['right', 'a'],
    ['foreign', 'b'],
    ['revoked', undefined],
    ['later', undefined],
    ['expired', undefined],
    ['unknown', undefined],
  ])('%s speaks for %p', async (name, party) => {
    expect(await partyOfCertificate(database.db, fingerprint(name), now)).toEqual(party && { party });
  });

  test('one begins and ends with its time', async () => {
    const at = async (time: Date) => (await partyOfCertificate(database.db, fingerprint('right'), time))?.party;
    expect(await at(days(-10, now))).toBe('a');
    expect(await at(days(10, now))).toBe('a');
    expect(await at(new Date(days(-10, now).getTime() - 1))).toBeUndefined();
    expect(await at(new Date(days(10, now).getTime() + 1))).toBeUndefined();
  });

  test.each<[string, string, CameWith | undefined, string]>([
    ['comes with its own', 'a', undefined, 'own'],
    ['comes without', 'a', 'none', 'none'],
    ['comes with one that the server refused', 'f', 'refused', 'foreign'],
  ])('a party that %s', async (_, party, came, whose) => {
    expect(await certificateOf(database.db, party, came ?? { fingerprint: fingerprint('right') }, now)).toBe(whose);
  });

  test.each(['foreign', 'revoked', 'later', 'expired', 'unknown'])('a party that comes with one that is %s', async (name) => {
    // Also one that has none of its own.
    for (const party of ['a', 'f'])
      expect(await certificateOf(database.db, party, { fingerprint: fingerprint(name) }, now)).toBe('foreign');
  });

  test('all that there ever were', async () => {
    expect((await certificatesOf(database.db)).map(({ subject }) => subject)).toEqual(
      [...made.keys()].filter((name) => name !== 'unknown'),
    );
  });
});
