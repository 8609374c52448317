import { issueToken, partyOfToken, revokeTokens } from '../../src/access/tokens';
import { type TestDatabase, testDatabase } from '../support/database';

const now = new Date('2026-03-10T09:00:00Z');

describe('bearer tokens', () => {
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await testDatabase();
  });
  afterAll(() => test_.drop());

  test('a token speaks for its party, and for no other', async () => {
    const [north, south] = [await issueToken(test_.db, 'north', now), await issueToken(test_.db, 'south', now)];
    expect(await partyOfToken(test_.db, north)).toBe('north');
    expect(await partyOfToken(test_.db, south)).toBe('south');
    expect(north).toMatch(/^kopru_[\w-]{43}$/);
    expect(north).not.toBe(south);
  });

  test('nothing near it is taken', async () => {
    const token = await issueToken(test_.db, 'north', now);
    const tail = token.endsWith('A') ? 'B' : 'A';
    for (const near of [
      '',
      token.slice(0, -1),
      `${token} `,
      token.slice(0, -1) + tail,
      token.toUpperCase(),
      `${token}\0`,
      'kopru_',
      "' or 1=1 --",
    ]) {
      expect(await partyOfToken(test_.db, near)).toBeUndefined();
    }
  });

  test('it is not kept: only its digest is in the database', async () => {
    const token = await issueToken(test_.db, 'north', now);
    const rows = await test_.db.pool.query('select t::text as row from party_token t');
    expect(rows.rowCount).toBeGreaterThan(0);
    for (const form of [
      token,
      token.slice(6),
      Buffer.from(token).toString('hex'),
      Buffer.from(token.slice(6), 'base64url').toString('hex'),
    ]) {
      expect(JSON.stringify(rows.rows)).not.toContain(form);
    }
  });

  test('revoked, all of a party’s tokens are void at once, and other parties’ are not', async () => {
    const [a, b, other] = [
      await issueToken(test_.db, 'east', now),
      await issueToken(test_.db, 'east', now),
      await issueToken(test_.db, 'west', now),
    ];
    expect(await revokeTokens(test_.db, 'east', now)).toBe(2);
    expect([await partyOfToken(test_.db, a), await partyOfToken(test_.db, b), await partyOfToken(test_.db, other)]).toEqual([
      undefined,
      undefined,
      'west',
    ]);
    expect(await revokeTokens(test_.db, 'east', now)).toBe(0);
    expect(await partyOfToken(test_.db, await issueToken(test_.db, 'east', now))).toBe('east');
  });
});
