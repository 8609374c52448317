import { type Chapter, off } from '../clause';

const life = (title: string) => `test/flow/publication.test.ts › ${title}`;
const tables = 'prisma/migrations/20261130110000_publication/migration.sql';

/** What no article says of publishing. */
export const publication: Chapter = {
  title: 'Policy: publishing',
  clauses: [
    {
      article: 'policy',
      kind: 'policy',
      says: 'Nobody is found out from what is published: small, complete and dominated cells are hidden, and as many more as it takes.',
      behaviour:
        'A table is proven safe beside all that may be known of the same people, also of other days, before anybody sees it. What cannot be shown safe in time is refused.',
      enforced: [
        off(
          'src/publication/publications/propose.ts#proposePublication',
          "if (result.outcome === 'refused') throw",
          "if (result.outcome === 'refused' && false) throw",
        ),
        off('src/publication/control/compare.ts#changesTooSmall', 'change !== 0 && Math.abs(change) < least', 'false'),
        off(
          'src/publication/publications/store.ts#mayBeKnown',
          'return published !== undefined || (!declined && !withdrawn);',
          'return false;',
        ),
      ],
      tests: [life('another day’s table that differs by one person is not frozen')],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'Whoever proposes a table does not approve it, and only the party that proposed it publishes it.',
      behaviour: 'Both are refused, with the article by which the approval is needed, and logged.',
      enforced: [
        off('src/publication/publications/decide.ts#approvePublication', 'if (one.proposedBy === who.person.id)', 'if (false)'),
        off('src/publication/publications/decide.ts#publishPublication', 'if (one.publisher !== who.person.party)', 'if (false)'),
      ],
      tests: [
        life('whoever proposed a table does not approve it'),
        life('the whole life: asked, refused, asked again, granted, frozen, approved, published, withdrawn'),
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'A table shows all provinces, so those who propose, approve and publish are of the centre.',
      behaviour: 'Provincial staff are refused, and it is logged.',
      enforced: [off('src/publication/acting.ts#refuseProvince', 'if (province === undefined) return;', 'return;')],
      tests: [
        'test/surfaces/api/duties/publications.test.ts › who asks, decides, proposes, approves and publishes hangs on the role; who may not is told so and logged',
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'With a consent goes what was published on its ground.',
      behaviour: 'It is withdrawn in the same transaction.',
      enforced: [
        off(
          'src/publication/publications/withdraw.ts#withdrawResting',
          'for (const { number } of resting) await',
          'for (const { number } of []) await',
        ),
      ],
      tests: [life('a mixed table with one owner’s approval, or with both and no consent')],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'What was asked, decided and published stays on record.',
      behaviour: 'The tables take additions alone.',
      enforced: [
        off(
          `${tables}#publication_append_only`,
          'CREATE TRIGGER "publication_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE',
          'CREATE TRIGGER "publication_append_only" BEFORE TRUNCATE',
        ),
      ],
      tests: [life('a stored table that was changed after it was approved')],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'While the agreement is not in force nothing is asked for, decided, proposed, approved or published; what is there can be taken back.',
      behaviour: 'Each act asks the agreement’s state first, and no consent is in force.',
      enforced: [
        off('src/publication/acting.ts#requireInForce', 'if (applies(await state())) return;', 'return;'),
        off(
          'src/agreements/life.ts#agreementState',
          'const closed = { openGrants: {}, consents: [], missing,',
          'const closed = { openGrants: {}, consents, missing,',
        ),
      ],
      tests: [
        life(
          'an agreement that has ended: nothing is asked for, decided, proposed, approved or published, and what is there can be taken back',
        ),
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'A statistic for the own use is a reading like any other: role, purpose, case, grant, province, quota, log.',
      behaviour: 'Only if every field that it is counted by is open to the party; it says that it is not for publication.',
      enforced: [
        off('src/access/statistics.ts#decideStatistic', 'if (closed) {', 'if (false) {'),
        off('src/access/statistics.ts#decideStatisticUse', 'if (unstated) return unstated;', ''),
        off('src/access/statistics.ts#decideStatisticUse', 'if (who.person.province !== undefined && !staff.scope)', 'if (false)'),
      ],
      tests: [
        'test/access/statistics.test.ts › a statistic needs every field that it is counted by, a purpose, and rows that the province may see',
      ],
    },
  ],
};
