import { type Chapter, off, refused } from '../clause';

const incidents = 'src/operations/incidents';
const incidentTables = 'prisma/migrations/20261130120000_subjects_and_incidents/migration.sql';
const audit = 'prisma/migrations/20261122060000_audit/migration.sql';
const apiStaff = 'prisma/migrations/20261130110000_api_staff/migration.sql';
const apiActs = 'prisma/migrations/20261130130000_api_acts/migration.sql';
const releases = 'src/operations/registers/releases.ts';
const reading =
  'test/surfaces/api/reading.test.ts › every answer says source, source time, snapshot, agreement, grant, "teyit gerekir" and consent with its article';

/** Ek-2: the undertaking of confidentiality. */
export const undertaking: Chapter = {
  title: 'Ek-2: the undertaking of confidentiality',
  clauses: [
    {
      article: 'Ek-2 1.1–4',
      kind: 'text',
      says: 'It protects İŞKUR’s data, from the protocol’s signing on.',
      behaviour: 'Whose data it is makes no difference: ÇGM’s is protected alike (policy), and nothing is read before the signing.',
      enforced: [
        off(
          'src/agreements/life.ts#agreementState',
          "if (!signed) return { ...closed, status: 'not-in-force' };",
          "if (!signed) return { ...closed, status: 'in-force', openGrants: openGrants(agreement, past, today) };",
        ),
      ],
      tests: ['test/agreements/life.test.ts › nothing recorded: not in force, and what is missing is named'],
    },
    {
      article: 'Ek-2 2.1.1–4',
      kind: 'text',
      says: 'Confidential is what is labelled ÇOK GİZLİ, GİZLİ, ÖZEL or HİZMETE ÖZEL, all personal data, and what could harm.',
      behaviour: 'Each dataset carries a label, and each answer and export says it. Which label is policy.',
      enforced: [off('src/disclosure/provenance.ts#originOf', 'classification: dataset.classification.label,', "classification: '',")],
      tests: [reading],
    },
    {
      article: 'Ek-2 3.1.1–4',
      kind: 'text',
      says: 'Data is not given to, altered by, copied for or reachable by third parties.',
      behaviour:
        'Records lie sealed and are held against their own hash when they are opened. Queues, logs and caches hold nothing of a person; a look-up’s answer is erased when it was handed out.',
      enforced: [
        off('src/snapshots/open.ts#openStored', '!hashOf(whole.canonical).equals(stored.hash) ||', ''),
        off(
          'src/lookups/store.ts#takeAnswer',
          'delivered_at = $2, answer = null, request = null from taken',
          'delivered_at = $2 from taken',
        ),
        off('src/infra/log/fields.ts#cleanText', "text.replace(/\\d{10,}/g, '[number]')", 'text'),
        off('src/surfaces/api/problem.ts#commonHeaders', "'Cache-Control': 'no-store',", ''),
      ],
      tests: [
        'test/disclosure/tampering.test.ts › a record that is asked for by its id is held against its hash too',
        'test/flow/lookups.test.ts › answer with what the source says now, in the fields that the grant opens',
        'test/flow/lookups.test.ts › keep nothing once delivered but the audit',
        'test/infra/log.test.ts › what looks like a national id is cut out of texts and numbers too',
        'test/surfaces/api/reading.test.ts › answers are not kept by caches, and carry the request’s number',
      ],
    },
    {
      article: 'Ek-2 3.1.5',
      kind: 'text',
      says: 'Accesses and operations are logged.',
      behaviour: 'The entry is written before anything is opened. What cannot be logged does not happen.',
      enforced: [
        off('src/disclosure/permit.ts#logRelease', 'await deps.audit.append({', 'void deps.audit.append({'),
        off(
          'src/disclosure/door.ts#Door',
          'await this.deps.audit.append({ ...release.entry,',
          'void this.deps.audit.append({ ...release.entry,',
        ),
        off('src/disclosure/duties.ts#admitStaff', 'await deps.audit.append(decision.allow', 'void deps.audit.append(decision.allow'),
        off('src/disclosure/permit.ts#admit', 'if (error instanceof KopruError) await audit.append({ ...entry, code: error.code });', ''),
        off('src/audit/log.ts#createAuditLog', 'throw unavailable(entry, cause);\n      });', 'return 0;\n      });'),
      ],
      tests: [
        'test/disclosure/audit.test.ts › an access that cannot be logged does not happen',
        'test/disclosure/audit.test.ts › nothing leaves before its row is written',
      ],
    },
    {
      article: 'Ek-2 3.1.5',
      kind: 'text',
      says: 'Access to the logs, their change and deletion are not permitted.',
      behaviour:
        'The log is chained and takes additions alone. The API’s role may not bend it and reads it only by an entry that says so, and signed checkpoints outside tell of what the tables’ owner did.',
      enforced: [
        off(
          `${audit}#audit_entry_append_only`,
          'CREATE TRIGGER "audit_entry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE',
          'CREATE TRIGGER "audit_entry_append_only" BEFORE TRUNCATE',
        ),
        off(`${audit}#audit_entry_chained`, "IF current_setting('kopru.appending', true) IS DISTINCT FROM 'on' THEN", 'IF false THEN'),
        off(`${apiStaff}#audit_entry_reading_logged`, '((SELECT "audit_reading_logged"()))', '(true)'),
        off(`${apiActs}#audit_reading_logged`, "e.action IN ('audit', 'audit subject', 'audit verification', 'subject usage')", 'true'),
        off(
          'src/audit/verify.ts#verifyChain',
          "if (!entryHash(before, { ...entry, subjects: sha256(entry.subjects ?? '') }).equals(entry.hash))",
          'if (false)',
        ),
        off('src/audit/verify.ts#verifyChain', "if (checkpoint.hash !== entry.hash.toString('hex')) return rewritten(checkpoint);", ''),
        off(
          'src/audit/checkpoint.ts#isGenuine',
          "return key !== undefined && verify(null, signedText(statement), key, Buffer.from(signature, 'base64'));",
          "return key !== undefined || signature !== '';",
        ),
      ],
      tests: [
        'test/disclosure/audit.test.ts › audit_entry cannot be changed, shortened or emptied',
        'test/audit/append.test.ts › the table takes nothing but through the function',
        'test/audit/role.test.ts › can add to the log, and bend neither it nor what is recorded beside it',
        'test/audit/role.test.ts › sees the log by no other entry: not without one, by one of another deed, by a refusal, or by an old one',
        'test/audit/verify.test.ts › an edited entry is found and named',
        'test/audit/verify.test.ts › a log rewritten from the beginning is found and named',
        'test/audit/verify.test.ts › a checkpoint of a foreign key, or one that was edited, is none',
      ],
    },
    {
      article: 'Ek-2 3.2',
      kind: 'text',
      says: 'Data is given to staff who need to know it, and no more than the work needs.',
      behaviour: 'A role sees fields up to a sensitivity. More sensitive ones are closed to it, also for choosing records.',
      enforced: [
        off(
          'src/access/decide.ts#decideReach',
          'decision.fields.filter((name) => shows(staff.shows, definitions[name]))',
          'decision.fields',
        ),
        off('src/agreements/roles.ts#shows', 'sensitivities.indexOf(field.sensitivity) <= sensitivities.indexOf(limit)', 'true'),
      ],
      tests: ['test/access/matrix.test.ts › a mask closes personal fields to the role of statistics: asked for by name, and as a filter'],
    },
    {
      article: 'Ek-2 3.3',
      kind: 'text',
      says: 'A breach is reported to İŞKUR at once and in writing.',
      behaviour:
        'A breach is recorded with when it became known and whose data it is; the notice’s text is made of that. A clock says until when the owner is to be told (24 hours for “at once” are policy), and without that notice, with its paper, the breach is not closed. For data of others the same is policy.',
      enforced: [
        off(
          `${incidents}/clocks.ts#clocksOf`,
          "if (tellsOwner(incident)) asked.push(['owner-notice'",
          "if (false) asked.push(['owner-notice'",
        ),
        off(`${incidents}/clocks.ts#clocksOf`, 'const late = (metAt ?? now) > dueAt;', 'const late = false;'),
        off(`${incidents}/order.ts#refuseOutOfOrder`, "if (kind === 'closed') refuseUnfinished(incident);", ''),
        off(`${incidents}/notices.ts#noticeText`, 'groundOf(agreement, incident, which)', "''"),
        off(
          `${incidentTables}#incident_event_append_only`,
          'BEFORE UPDATE OR DELETE OR TRUNCATE ON "incident_event"',
          'BEFORE TRUNCATE ON "incident_event"',
        ),
      ],
      tests: [
        'test/operations/incidents/clocks.test.ts › of a breach the owner is told at once by Ek-2 3.3, and the authority within 72 hours of awareness',
        'test/operations/incidents/clocks.test.ts › a duty is overdue when its time has passed, and not in that moment',
        'test/operations/incidents/notices.test.ts › to the owner: to whom, on which ground, what, since when, which data, how many, measures, whom to ask',
        'test/operations/incidents/register.test.ts › a breach is closed once owner and authority were told, each once',
        'test/operations/incidents/register.test.ts › incidents and events cannot be changed, shortened or emptied, and what cannot be logged is not recorded',
      ],
    },
    {
      article: 'Ek-2 4.1.1',
      kind: 'text',
      says: 'Not confidential is what İŞKUR itself made public.',
      behaviour: '—',
      enforced: [],
      tests: [],
      open: 'Whether something was made public elsewhere, the program cannot know: it treats all data as confidential.',
    },
    {
      article: 'Ek-2 4.1.2',
      kind: 'text',
      says: 'Not confidential is what İŞKUR agreed in writing to release.',
      behaviour:
        'Such an approval is recorded with its paper, receiver, scope and end. It is one by an approver of the owner who could act on that day, never by the party that asks (policy). Nothing is released by it.',
      enforced: [
        off(`${releases}#recordRelease`, 'await refuseApprover(broker, { approver, owner, party, on: approvedOn });', ''),
        off(`${releases}#recordRelease`, 'if (person.party === party) refuse(', 'if (false) refuse('),
        off(`${releases}#recordRelease`, "if (rolesFor(agreement, person.roles, 'approve').length === 0) refuse(", 'if (false) refuse('),
        off(`${releases}#recordRelease`, "if (standing !== 'active') refuse(", 'if (false) refuse('),
        off(`${releases}#listReleases`, "revokedAt ? 'revoked' : ", ''),
        off('src/surfaces/api/duties/registers/releases.ts#releaseRoutes', ', own: party }', ' }'),
        off(
          'prisma/migrations/20261122120000_registers/migration.sql#release_entry_append_only',
          'BEFORE UPDATE OR DELETE OR TRUNCATE ON "release_entry"',
          'BEFORE TRUNCATE ON "release_entry"',
        ),
      ],
      tests: [
        'test/operations/registers/releases.test.ts › nobody approves but an approver of the owner: not the party that asks, not another role',
        'test/operations/registers/releases.test.ts › an approver counts who could act on the day of the approval',
        'test/operations/registers/releases.test.ts › it stands until its last day in Istanbul; without one until it is taken back',
        'test/surfaces/api/duties/registers.test.ts › an approver of the owner records what was approved; both parties see it, and the owner takes it back',
        'test/operations/registers/given.test.ts › the register’s rows cannot be changed, shortened or emptied',
      ],
    },
    {
      article: 'Ek-2 4.1.3, Ek-2 4.2',
      kind: 'text',
      says: 'What law or a court compels is disclosed after written notice, as far as needed, and İŞKUR told its scope.',
      behaviour:
        'A compelled disclosure is recorded with who asks and on which ground. The order is enforced, by the database too: the notice before, then what was disclosed, of no more than the incident names, then the notice of its scope, without which it is not closed.',
      enforced: [
        off(
          `${incidents}/order.ts#refuseOutOfOrder`,
          'if (before && !(earlier && earlier.happenedAt <= happenedAt))',
          'if (before && !(earlier && happenedAt))',
        ),
        off(`${incidents}/order.ts#refuseOutOfOrder`, "compelled: ['prior-notice', 'disclosed', 'scope-notified'],", 'compelled: [],'),
        off(`${incidents}/register.ts#recordIncidentEvent`, 'if (!beyond) return disclosed;', 'if (disclosed) return disclosed;'),
        off(`${incidentTables}#incident_event_in_order`, 'IF needs IS NOT NULL AND NOT EXISTS (', 'IF FALSE AND NOT EXISTS ('),
        off(`${incidents}/clocks.ts#clocksOf`, "eventOf(incident, 'disclosed')?.happenedAt, atOnce.hours]);", 'undefined, atOnce.hours]);'),
      ],
      tests: [
        'test/operations/incidents/register.test.ts › compelled: nothing is disclosed before the written notice, and no more than it names',
        'test/operations/incidents/register.test.ts › the database keeps that order, whoever writes',
        'test/operations/incidents/clocks.test.ts › of a compelled disclosure the clock of its scope runs from the disclosure',
      ],
    },
    {
      article: 'Ek-2 5.1–2',
      kind: 'text',
      says: 'İŞKUR may audit with notice; on an official audit documents are given at once.',
      behaviour: 'Evidence of the log is a folder that proves itself with Node alone, and that it was written is logged.',
      enforced: [
        off('src/audit/offline/verify.mjs', 'if (seq !== before.seq + 1) fail(', 'if (false) fail('),
        off('src/audit/offline/verify.mjs', 'if (!isGenuine(one, keys)) fail(', 'if (false) fail('),
        off(
          'src/operations/audit.ts#bundleAudit',
          "await broker.audit.append(operation({ at: broker.clock(), by, command: 'audit bundle', detail: { from, to } }));",
          '',
        ),
      ],
      tests: [
        'test/audit/bundle.test.ts › of the whole log verifies offline, and is itself in it',
        'test/audit/bundle.test.ts › with a line taken out changed is refused, and the entry named',
        'test/audit/bundle.test.ts › with a checkpoint changed is refused, and the entry named',
      ],
    },
    {
      article: 'Ek-2 5.3',
      kind: 'text',
      says: 'İŞKUR is not named as a reference in the media.',
      behaviour:
        'In what is published an owner is named only where its approval says so; else only the label of its data and the article are. For other owners the same is policy.',
      enforced: [off('src/publication/public/shelf.ts#createShelf', 'party === owner && may', 'party === owner')],
      tests: [
        'test/flow/publication.test.ts › the whole life: asked, refused, asked again, granted, frozen, approved, published, withdrawn',
      ],
    },
    {
      article: 'Ek-2 6.1–3',
      kind: 'text',
      says: 'At the end, or on demand, data is returned and destroyed beyond recovery, backups too, with a certificate where needed.',
      behaviour: '—',
      enforced: [],
      tests: [],
      open: 'Return, destruction of data keys and the record of it are not there.',
    },
    {
      article: 'Ek-2 9',
      kind: 'text',
      says: 'A new undertaking, once signed, supersedes the one before.',
      behaviour:
        'Undertakings are versions of a party. From its day on a new one suspends all of the party’s staff until each accepts it (policy).',
      enforced: [
        off(
          'src/access/staff.ts#decideStaff',
          "case 'undertaking-missing':",
          "case 'undertaking-missing':\n      break;\n    case 'never' as never:",
        ),
        off(
          'src/access/people/person.ts#standingOf',
          'if (currentUndertaking === undefined || (person.undertaking ?? 0) < currentUndertaking)',
          'if (false)',
        ),
        off(
          'src/access/people/undertakings.ts#currentUndertaking',
          'one.party === party && one.effectiveOn <= today',
          'one.party === party && one.version === 1',
        ),
      ],
      tests: [
        refused('a person who has not accepted the newest undertaking'),
        'test/operations/people/personnel.test.ts › a new undertaking suspends all of the party’s staff until each accepts it',
      ],
    },
    {
      article: 'Ek-2 10.1',
      kind: 'text',
      says: 'Confidentiality outlives the protocol.',
      behaviour: 'After the end nothing is released to anybody, the owner included; what is stored stays sealed.',
      enforced: [off('src/access/grants.ts#decideSource', 'if (!applies(state)) {', "if (state.status === 'not-in-force') {")],
      tests: [refused('an agreement that has ended')],
    },
    {
      article: 'Ek-2 10.2',
      kind: 'text',
      says: 'Rights and duties are not assigned to others.',
      behaviour: 'A credential is a person’s and bound to the institution (policy): with another’s certificate it is refused.',
      enforced: [off('src/access/staff.ts#decideStaff', "if (certificate === 'foreign')", 'if (false)')],
      tests: [refused('a connection with another certificate')],
    },
  ],
};

/** Articles that ask nothing of a program, with why. */
export const silent: Readonly<Record<string, string>> = {
  'Ek-2 7.1': 'compensation',
  'Ek-2 7.2': 'compensation',
  'Ek-2 8': 'partial invalidity',
  'Ek-2 11': 'courts',
};
