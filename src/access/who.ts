import { type IsoDate, istanbulDate } from '../core/dates';
import type { Database } from '../infra/db';
import { rulesFor } from './institutions/addresses';
import { newestVersion, type PersonRow, personColumns, personOf, undertakingOn } from './people/rows';
import { digest } from './people/tokens';
import { signInPolicy } from './signIn/policy';
import type { PersonGrant, Who } from './staff';

interface WhoRow extends PersonRow {
  undertaking: number | null;
  grants: PersonGrant[] | null;
  certified: boolean;
  rules: { party: string; unit: string | null; cidr: string }[] | null;
}

/** All that a decision needs of a person, planned once a connection: it is asked on every request. */
const columns = `${undertakingOn('p.party', '$2')} as undertaking,
  (select json_agg(json_build_object('dataset', g.dataset, 'from', g.from_date, 'until', g.until_date))
     from person_grant g where g.person_id = p.id and g.revoked_at is null) as grants,
  (select json_agg(json_build_object('party', a.party, 'unit', a.unit, 'cidr', a.cidr))
     from address_rule a where a.party = p.party and a.removed_at is null) as rules,
  -- An expired one counts: its end must not open a way without.
  exists (select from institution_certificate c where c.party = p.party and c.revoked_at is null) as certified, ${personColumns}`;
const { idleMillis, seenMillis } = signInPolicy.session;
const seenLongAgo = (now: string) => `seen_at <= ${now}::timestamptz - interval '${seenMillis} ms'`;
/** Sessions that are used stay: written down at most once a minute, so that no request writes but the first of a minute. */
const moveOn = `update person_session set seen_at = $2, idle_ends_at = $2::timestamptz + interval '${idleMillis} ms'
  where sha256 = any ($1::bytea[]) and ended_at is null and least(idle_ends_at, ends_at) > $2 and ${seenLongAgo('$2')}`;
/** Personal tokens, and the tokens of sessions. */
const presented = `select sha256, person_id, revoked_at, expires_at, false as goes_on from person_token where sha256 = any ($1::bytea[])
  union all select sha256, person_id, ended_at, least(idle_ends_at, ends_at), ${seenLongAgo('$3')}
    from person_session where sha256 = any ($1::bytea[])`;
const ofToken = {
  name: 'who-of-token',
  text: `with t as (${presented})
          select t.sha256, t.goes_on as "goesOn", ${columns} from t join person p on p.id = t.person_id ${newestVersion}
          where t.revoked_at is null and t.expires_at > $3 and not v.removed`,
};
const ofPerson = { name: 'who-of-person', text: `select ${columns} from person p ${newestVersion} where p.id = $1` };

/**
 * Whose a bearer token is, a person's own or a session's, with all that decides what that person may do now; undefined if it is
 * unknown, revoked or expired, or its person was removed. A session that is used goes on: its idle time begins anew. Nothing is kept between two requests, so whatever changes holds at once.
 */
export async function whoOfToken(db: Database, token: string, now: Date): Promise<Who | undefined> {
  return (await whoOfTokens(db, [token], now))[0];
}

/** The same of several at once, in their order. */
export async function whoOfTokens(db: Database, tokens: readonly string[], now: Date): Promise<(Who | undefined)[]> {
  // Digests of the presented tokens are looked up: no comparison that could leak by its time.
  const digests = tokens.map((token) => Buffer.from(digest(token)));
  const { rows } = await db.reads.query<WhoRow & { sha256: Buffer; goesOn: boolean }>({
    ...ofToken,
    values: [digests, istanbulDate(now), now],
  });
  const goOn = rows.filter(({ goesOn }) => goesOn).map(({ sha256 }) => sha256);
  if (goOn.length > 0) await db.pool.query(moveOn, [goOn, now]);
  const known = new Map(rows.map((row) => [row.sha256.toString('hex'), whoIn(row)]));
  return digests.map((one) => known.get(one.toString('hex')));
}

/** The same of a person, removed or not, by the number. */
export async function whoOfPerson(db: Database, id: number, today: IsoDate): Promise<Who | undefined> {
  const { rows } = await db.reads.query<WhoRow>({ ...ofPerson, values: [id, today] });
  return rows[0] && whoIn(rows[0]);
}

function whoIn(row: WhoRow): Who {
  const person = personOf(row);
  return {
    person,
    undertaking: row.undertaking ?? undefined,
    grants: row.grants ?? [],
    certified: row.certified,
    addresses: rulesFor(row.rules ?? [], person),
  };
}
