import { type Chapter, off, refused } from '../clause';

const staff = 'src/access/staff.ts#decideStaff';
const standing = 'src/access/people/person.ts#standingOf';

/** V.D, V.E and Ek-3: training, how a service is opened, who is authorised. */
export const people: Chapter = {
  title: 'V.D–E and Ek-3: training, services, authorised staff',
  clauses: [
    {
      article: 'V.D.1',
      kind: 'text',
      says: 'Authorised staff are trained.',
      behaviour: 'The training is recorded with its day. Without it, or before it, there is no access (policy).',
      enforced: [
        off(staff, "case 'untrained':", "case 'untrained':\n      break;\n    case 'never' as never:"),
        off(standing, "if (person.trainedOn === undefined || today < person.trainedOn) return 'untrained';", ''),
      ],
      tests: [refused('a person without training'), 'test/access/people/person.test.ts › untrained: trained later'],
      open: 'Training that one party asks of the other is not recorded.',
    },
    {
      article: 'V.E.1–3',
      kind: 'text',
      says: 'A service is made ready, then what its use needs goes to the official e-mail of the technical contact whom the other party named.',
      behaviour: 'These steps are recorded in their order. The contact is one of the authorised staff, and nothing is sent by the program.',
      enforced: [off('src/operations/people/services.ts#recordServiceStep', 'if (lacking.length > 0)', 'if (false)')],
      tests: ['test/operations/people/personnel.test.ts › are recorded; the notice goes out last, and its contact is one of the personnel'],
    },
    {
      article: 'V.E.4, Ek-3',
      kind: 'text',
      says: 'Access is by authorisation, and authorised staff are notified with the form Ek-3.',
      behaviour:
        'The list is taken whole or not at all, each person a version with the paper, from operators or from an administrator of the institution. Before the first day and after the last there is no access.',
      enforced: [
        off(
          'src/surfaces/api/duties/administrator.ts#personnelDuties',
          "scope.addHook('onRequest', async ({ asker }) => deps.door.admit(asker, 'personnel'));",
          '',
        ),
        off(staff, '    default:\n      return refuse(', "    default:\n      break;\n    case 'never' as never:\n      return refuse("),
        off(standing, "if (today < person.validFrom) return 'not-yet';", ''),
        off(standing, "if (person.validUntil !== undefined && today > person.validUntil) return 'expired';", ''),
        off(
          'src/operations/people/import.ts#importPersonnel',
          'const entries = readForm(bytes, { today: istanbulDate(at), undertakings });',
          'const entries = (() => { try { return readForm(bytes, { today: istanbulDate(at), undertakings }); } catch { return []; } })();',
        ),
        off(
          'prisma/migrations/20261122070000_people/migration.sql#person_version_append_only',
          'CREATE TRIGGER "person_version_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE',
          'CREATE TRIGGER "person_version_append_only" BEFORE TRUNCATE',
        ),
      ],
      tests: [
        refused('a person before the first day'),
        refused('a person after the last day'),
        'test/operations/people/import.test.ts › one bad row changes nothing',
        'test/surfaces/api/duties/roles.test.ts › %s may none of them, and that is logged',
        'test/access/people/store.test.ts › %s refuses change and deletion',
      ],
    },
    {
      article: 'V.E.4, Ek-3',
      kind: 'text',
      says: 'Who is no longer on the list is no longer authorised.',
      behaviour: 'A removal ends access and all tokens of the person at once.',
      enforced: [
        off(standing, "if (person.removed) return 'removed';", ''),
        off('src/access/who.ts#whoOfToken', ' and not v.removed`', '`'),
        off('src/access/people/store.ts#removePeople', 'return revokePersonTokens(db, ids, origin.at);', 'return ids.length;'),
      ],
      tests: [
        refused('a person who was removed'),
        'test/access/people/tokens.test.ts › a removal counts even where the token’s own row was not told',
        'test/operations/people/import.test.ts › a complete list removes whoever is not in it, of that party alone, and their tokens end at once',
      ],
    },
  ],
};

/** VI, Ek-1 and VII: what is shared, and for how long. */
export const sharing: Chapter = {
  title: 'VI, Ek-1 and VII: what is shared, and for how long',
  clauses: [
    {
      article: 'VI.A.1–2, Ek-1',
      kind: 'text',
      says: 'ÇGM queries İŞKUR’s list of intermediaries and the number of workers where one was reported: one T.C. number in, six fields out.',
      behaviour:
        'The grant has those fields and the number. What a source sends besides is dropped and counted; what was not reported is null.',
      enforced: [
        off(
          'src/agreements/cgm-iskur-2024.yaml#grants',
          'fields: [nationalId, fullName, title, permitStartDate, phone, reportedWorkerCount, status]',
          'fields: [nationalId, fullName, title, permitStartDate, phone, status]',
        ),
        off('src/sources/answer/unknown.ts#watchUnknown', 'return strangers.length;', 'return 0;'),
        off(
          'src/intake/values.ts#valueReader',
          "const none = field.required ? rejected['required-missing'] : null;",
          "const none = field.required ? rejected['required-missing'] : 0;",
        ),
      ],
      tests: [
        'test/agreements/cgm-iskur-2024.test.ts › Ek-1: exactly its six fields, and the id of VI.A.1',
        'test/flow/faults.test.ts › an unknown field is dropped and counted',
        'test/flow/pull.test.ts › iskur.agents: the owner reads exactly what the source has',
      ],
    },
    {
      article: 'VI.A.1–2, Ek-1',
      kind: 'text',
      says: 'VI speaks of a list, Ek-1 of a query by one T.C. number.',
      behaviour:
        'Both kinds of source are there. A query service is asked by known ids under its daily limit; an id that it does not take is refused, not asked for.',
      enforced: [
        off('src/sources/query.ts#createQuery', 'if (refused) return { id, found: false, refused };', ''),
        off(
          'src/operations/pulls/knownIds.ts#knownIds',
          'else for await (const id of idsInDataset(broker, place.dataset, place.field)) add(id);',
          'else continue;',
        ),
      ],
      tests: [
        'test/sources/query.test.ts › an id of another kind is refused, not asked for, and the others go on',
        'test/flow/query.test.ts › is asked for the ids that another dataset names, and gives their records',
      ],
    },
    {
      article: 'II, V.A.1, VI.A',
      kind: 'text',
      says: 'V lets both parties read; VI has no section for what İŞKUR reads.',
      behaviour: 'The reverse grants are written down and closed, until an ek protokol that both parties agreed lists their fields.',
      enforced: [
        off(
          'src/agreements/life.ts#agreementState',
          "grant.opens === 'agreement' ? grant.fields : supplemented(agreement, id, grant, past, signedOn)",
          'grant.fields',
        ),
        off(
          'src/agreements/life.ts#agreementState',
          ' || event.on < signedOn || !everyParty(agreement, event.agreedBy)) return;',
          ' || event.on < signedOn) return;',
        ),
        off(
          'src/agreements/life.ts#agreementState',
          'return grant.fields.filter((f) => listed.has(f));',
          'return listed.size > 0 ? [...grant.fields] : [];',
        ),
        off(
          'src/agreements/life.ts#agreementState',
          "if (past.some((e, i) => i > at && e.type === 'supplement-end' && e.id === event.id)) return;",
          '',
        ),
      ],
      tests: [
        'test/agreements/life.test.ts › nothing of the reverse direction is open without one',
        'test/agreements/life.test.ts › agreed by one party only it opens nothing',
        'test/agreements/life.test.ts › agreed by both it opens the fields that it lists, in the grant’s order, and no others',
        'test/agreements/life.test.ts › two of them open together what either lists; the end of one leaves the other',
      ],
    },
    {
      article: 'VII.1–2',
      kind: 'text',
      says: 'It runs a year from the signing and goes on unless a party gives written notice a month before the end; an ek protokol ends with it.',
      behaviour: 'Its life is computed from recorded events. We read “at least one month”, renewed year by year; both are configuration.',
      enforced: [
        off(
          'src/agreements/life.ts#agreementState',
          "if (end.on <= today) return { ...closed, status: 'ended', endsOn: end.on, reason: end.reason };",
          '',
        ),
        off('src/agreements/life.ts#agreementState', "e.type === 'notice' && e.on <= lastNotice &&", "e.type === 'notice' &&"),
        off('src/agreements/life.ts#agreementState', "if (notice) return { on, reason: 'notice', noticed: true };", ''),
        off(
          'src/agreements/life.ts#agreementState',
          "event.type !== 'supplement' || event.on < signedOn ||",
          "event.type !== 'supplement' ||",
        ),
      ],
      tests: [
        'test/agreements/life.test.ts › signed %s, notice %s, on %s: %j',
        'test/agreements/life.test.ts › one that does not renew: on %s %j',
        'test/agreements/life.test.ts › annexes stay recorded, the ek protokol does not',
      ],
    },
    {
      article: 'VII.3–4',
      kind: 'text',
      says: 'A party may terminate in writing where the other fails its duties; both may end it at any time.',
      behaviour: 'A termination is recorded with its ground, an end by both with both; from its day on nothing is released.',
      enforced: [
        off(
          'src/agreements/life.ts#agreementState',
          'if (early && early.on <= on) return { on: early.on, reason: early.type, noticed: false };',
          '',
        ),
        off(
          'src/agreements/life.ts#agreementState',
          "(e.type === 'mutual-end' && everyParty(agreement, e.agreedBy))",
          "e.type === 'mutual-end'",
        ),
      ],
      tests: ['test/agreements/life.test.ts › terminated, on the day', 'test/agreements/life.test.ts › one party alone wants the end'],
    },
    {
      article: 'VII (2) 2.1–3',
      kind: 'text',
      says: 'It takes effect with its signing; Ek-1, Ek-2 and Ek-3 are inseparable from it.',
      behaviour: 'It is not in force before all three are recorded. Events are append-only, and take the hash of the signed original.',
      enforced: [
        off(
          'src/agreements/life.ts#agreementState',
          "if (missing.length > 0) return { ...closed, status: 'not-in-force', endsOn: end.on };",
          '',
        ),
        off(
          'prisma/migrations/20261121000000_spine/migration.sql#agreement_event_append_only',
          'CREATE TRIGGER "agreement_event_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE',
          'CREATE TRIGGER "agreement_event_append_only" BEFORE TRUNCATE',
        ),
      ],
      tests: [
        'test/agreements/life.test.ts › without Ek-2: not in force, and what is missing is named',
        'test/disclosure/audit.test.ts › agreement_event cannot be changed, shortened or emptied',
      ],
    },
  ],
};
