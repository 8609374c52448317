import { bounded, type Chapter, off, refused } from '../clause';

const staff = 'src/access/staff.ts#decideStaff';
const certificates = 'src/access/institutions/certificates.ts';
const signIn = 'src/operations/signIn/signIn.ts';
const quotas = 'prisma/migrations/20261122080000_quota/migration.sql#quota_reserve';
const batch = 'prisma/migrations/20261130100000_quota_batch/migration.sql#quota_reserve_all';

/** What no article of the protocol says: our own, or general law’s. */
export const policy: Chapter = {
  title: 'Policy: what no article says',
  clauses: [
    {
      article: 'policy',
      kind: 'policy',
      says: 'Institutions show each other certificates, and a credential is bound to its institution.',
      behaviour:
        'A party that registered a certificate is served with it alone; a foreign, revoked or expired one is refused, at once and on open connections.',
      enforced: [
        off(staff, "if (certificate === 'foreign')", 'if (false)'),
        off(staff, "if (certificate === 'none' && certified)", 'if (false)'),
        off(`${certificates}#partyOfCertificate`, 'and revoked_at is null and not_before', 'and not_before'),
        off(`${certificates}#partyOfCertificate`, 'and not_before <= $2 and not_after >= $2', 'and $2::timestamptz is not null'),
        off(`${certificates}#certificateOf`, "return bound?.party === party ? 'own' : 'foreign';", "return bound ? 'own' : 'foreign';"),
        off(
          'src/access/who.ts#whoOfToken',
          'exists (select from institution_certificate c where c.party = p.party and c.revoked_at is null) as certified',
          'false as certified',
        ),
      ],
      tests: [
        refused('a connection with another certificate'),
        refused('a connection without the institution’s certificate'),
        'test/access/institutions/certificates.test.ts › %s speaks for %p',
        'test/access/institutions/certificates.test.ts › a party that comes with one that is foreign',
        'test/surfaces/api/clientCertificates.test.ts › the right one is served; unregistered, foreign and revoked ones are refused',
        'test/access/people/tokens.test.ts › a party with a registered certificate is told as such, until it is revoked; an expired one counts',
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'TLS 1.2 or newer, with forward secrecy and authenticated ciphers.',
      behaviour: 'Older versions and other ciphers get no connection.',
      enforced: [off('src/surfaces/api/base.ts#baseServer', '    ciphers,\n', '')],
      tests: [
        'test/surfaces/api/clientCertificates.test.ts › TLS 1.2 and 1.3 with forward secrecy and authenticated ciphers, and nothing else',
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'A query names the case that it is for.',
      behaviour: 'Without one it is refused; it stands in the log.',
      enforced: [off('src/access/staff.ts#decideStated', 'if (of === undefined && cases.required)', 'if (false)')],
      tests: [refused('no case')],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'Provincial staff read the rows of their province.',
      behaviour:
        'Pages, exports, changes, single records, look-ups and findings keep to them. A dataset without provinces is closed to provincial staff.',
      enforced: [
        off(staff, 'if (!scope)', 'if (!scope) return allowed;\n  if (false)'),
        off(staff, 'return { ...allowed, scope: { field: scope.province, province: person.province } };', 'return allowed;'),
        off('src/access/decide.ts#decideReach', ', ...(staff.scope ? { scope: staff.scope } : {}) };', ' };'),
        off(
          'src/disclosure/permit.ts#admit',
          'await find(scope ? [{ field: scope.field, values: [scope.province] }] : [])',
          'await find([])',
        ),
        off('src/disclosure/door.ts#Door', 'const all = [...by, ...within];', 'const all = [...by];'),
        off('src/disclosure/door.ts#Door', 'stored && isWithin(stored, within) ? [stored] : []', 'stored ? [stored] : []'),
        off(
          'src/disclosure/lookups.ts#lookupAnswer',
          'if (!within.every(({ field, values }) => values.includes(String(answer.record[field])))) {',
          'if (false) {',
        ),
        off(
          'src/disclosure/findings.ts#releaseFindings',
          'decision.allow && decision.province !== undefined ? placesIn(agreement, decision.province) : undefined',
          'undefined',
        ),
        off('src/snapshots/chosen.ts#chosenPage', "const chosen = matching('r', by, values);", 'const chosen: string[] = [];'),
        off('src/snapshots/chosen.ts#chosenChanges', "const only = matching('row', within, values);", 'const only: string[] = [];'),
        off('src/reconcile/store.ts#listFindings', '...(within ? [lyingOn(within, values)] : []),', ''),
      ],
      tests: [
        refused('provincial staff, and a dataset without provinces'),
        'test/access/matrix.test.ts › provincial staff read the rows of their province alone',
        bounded('provincial staff get the rows of their province: pages, export and changes'),
        bounded('somebody of another province is to them nobody, by id and in the answer of a look-up'),
        bounded('findings of provincial staff lie on records of the province'),
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'Sensitive data is read by name, for a time, looked at again, and revoked at once (Board decision 2018/10).',
      behaviour: 'Children’s records want a grant of the person’s own, with an end; what is made of them wants it, too.',
      enforced: [
        off('src/access/grants.ts#decideSource', 'if (request.withheld?.includes(request.dataset))', 'if (false)'),
        off(staff, 'g.from <= today && today <= g.until', 'g.from <= today'),
        off(staff, 'g.dataset === id && g.from', 'g.from'),
        off(
          'src/access/decide.ts#decideReach',
          '{ ...partyPart(asked), party, withheld: staff.withheld }',
          '{ ...partyPart(asked), party }',
        ),
        off(
          'src/access/who.ts#whoOfToken',
          'where g.person_id = p.id and g.revoked_at is null) as grants',
          'where g.person_id = p.id) as grants',
        ),
        off('src/operations/people/grants.ts#grantPerson', 'if (until < begins || until < today)', 'if (false)'),
      ],
      tests: [
        refused('sensitive data without a grant of one’s own'),
        refused('a grant of one’s own that has ended'),
        'test/operations/people/grants.test.ts › ends with its revocation, at the next request of whoever holds a token',
        'test/operations/people/grants.test.ts › is not given for an end that has passed',
      ],
      open: 'That an approver of the owner gives the grant is not checked: it is an operator’s command.',
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'Who reaches sensitive data from afar shows two factors (Board decision 2018/10).',
      behaviour:
        'People sign in with a password and a one-time code that is good once; a session ends with its time, and with all that ends its person’s access. Failures make the next attempt wait.',
      enforced: [
        off(`${signIn}#signIn`, 'if (!(await passwordFits(factors.password, password))) continue;', ''),
        off(`${signIn}#signIn`, 'if (step !== undefined) return { person, step };', 'return { person, step: step ?? 2 ** 30 };'),
        off('src/access/signIn/totp.ts#stepOf', 'return step !== undefined && step > after ? step : undefined;', 'return step;'),
        off('src/access/who.ts#whoOfToken', 'ended_at, least(idle_ends_at, ends_at),', "ended_at, 'infinity',"),
        off('src/access/people/store.ts#removePeople', '  await voidSignIn(db, ids, origin.at);\n', ''),
        off('src/access/signIn/failures.ts#countAttempt', 'if (wait > 0) return wait;', ''),
      ],
      tests: [
        'test/access/signIn/totp.test.ts › no code of the step that was used last, or of one before',
        'test/access/signIn/failures.test.ts › attempts that have to wait are not counted; under another name and from another network nobody waits',
        'test/flow/people/signIn.test.ts › whatever is wrong, it looks the same from outside; the log knows whose it was, where that is known',
        'test/flow/people/signIn.test.ts › a session ends when it is not used for a quarter of an hour, and after eight hours at last',
        'test/flow/people/signIn.test.ts › a session ends with removal, at once, and does not come back with the person',
      ],
      open: 'A program’s personal token is one factor; the institution’s certificate is the other, where one is registered.',
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'What is made of data is nobody’s way around: it is open to whom all is open that went into it.',
      behaviour: 'A row, a field and each finding of a derived dataset want every field that contributes.',
      enforced: [
        off(
          'src/access/derived.ts#decideDerived',
          'const closed = rowContributions(agreement, dataset).find((at) => !isOpen(at));',
          'const closed = [].find(() => true) as never as ReturnType<typeof rowContributions>[number] | undefined;',
        ),
        off(
          'src/access/derived.ts#decideDerived',
          'return fieldContributions(dataset, field).every(isOpen) ? [name] : [];',
          'return [name];',
        ),
        off('src/access/derived.ts#openRules', 'contributions(rule, key).every((at) => isOpen({ ...at, counted: false }))', 'true'),
        off('src/access/derived.ts#openRules', 'if (!decision.allow) return false;', 'if (!decision.allow) return true;'),
        off('src/disclosure/open.ts#releasedFields', '.filter(([rule]) => rules.includes(String(rule)))', ''),
        off('src/disclosure/findings.ts#releaseFindings', 'if (asked.rules?.some((rule) => !open.includes(rule)))', 'if (false)'),
        off('src/disclosure/findings.ts#releaseFindings', 'const rules = open\n', 'const rules = Object.keys(agreement.rules)\n'),
      ],
      tests: [
        'test/access/derived.test.ts › a row of what is derived wants every field that makes it a row',
        'test/access/derived.test.ts › a field of what is derived wants whatever is copied or counted into it',
        'test/access/derived.test.ts › findings are open by rule: each field that the rule looks at',
        'test/flow/derived.test.ts › shows a party only what is made of fields that are open to it',
        'test/surfaces/api/findings.test.ts › what touches a closed field is told of to nobody, whatever is asked',
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'A limit’s day is Istanbul’s, released records are counted beside queries, and a retry counts once.',
      behaviour: 'The limit renews at midnight in Istanbul. What a request reserved and did not release is given back.',
      enforced: [
        off('src/access/quotas/store.ts#reserve', 'day: istanbulDate(request.at), key', 'day: request.at.toISOString().slice(0, 10), key'),
        off(quotas, '(\'queries\', l."queries"), (\'records\', l."records")', '(\'queries\', l."queries")'),
        off(quotas, 'more_queries := greatest(p_queries - coalesce(before."queries", 0), 0);', 'more_queries := p_queries;'),
        off(batch, 'count(DISTINCT a.key) = count(*) AND ', ''),
      ],
      tests: [
        'test/access/quotas.test.ts › ends at midnight in Istanbul',
        'test/access/quotas.test.ts › records of mixed sizes never pass the limit, and no request that fits is refused',
        'test/access/quotas.test.ts › the same request twenty times at once counts once',
        'test/access/quotasBatch.test.ts › one request twice in a batch, and one that was counted before, count once',
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'Who changes a party’s people changes that party’s alone.',
      behaviour:
        'A party’s personnel administrator is refused for another party’s people and tokens; over the API these look like nobody, and what it was is logged.',
      enforced: [
        off(
          'src/operations/people/acting.ts#refuseForeign',
          'if (onlyParty === undefined || onlyParty === party) return;',
          'if (party) return;',
        ),
        off(
          'src/surfaces/api/duties/administrator.ts#personnelDuties',
          'throw hidden.includes(error.code) ? nothing() : error;',
          'throw error;',
        ),
      ],
      tests: [
        'test/operations/people/personnel.test.ts › does nothing to another party’s people',
        'test/surfaces/api/duties/personnel.test.ts › somebody of another party looks like nobody, though it is logged what it was',
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'Four eyes: nobody changes what is recorded of themself.',
      behaviour:
        'A personnel administrator is refused own training, acceptance, removal and tokens, and a list that would change the own row; to end an own token is allowed.',
      enforced: [
        off('src/operations/people/acting.ts#refuseSelf', 'if (self === undefined || self !== person) return;', 'if (person) return;'),
        off(
          'src/operations/people/import.ts#importPersonnel',
          'for (const { before } of plan.changed) if (before) refuseSelf(acting, before.id);',
          '',
        ),
        off('src/operations/people/import.ts#importPersonnel', 'for (const { id } of leaving) refuseSelf(acting, id);', ''),
      ],
      tests: [
        'test/surfaces/api/duties/personnel.test.ts › changes nothing that is recorded of themself, and makes no token for themself; to end one is allowed',
        'test/surfaces/api/duties/lists.test.ts › a complete one removes whoever is not in it, and the tokens end; but not who sends it',
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'Only the auditor’s role reads the log, and that is logged (on Ek-2 3.1.5).',
      behaviour:
        'Over the API and at the command line: the host’s auditor sees all, another party’s what concerns that party. Evidence and the verification are the host’s.',
      enforced: [
        off('src/surfaces/api/duties/audit.ts#auditRoutes', "await door.admit(asker, 'audit'), filter", '1, filter'),
        off(
          'src/surfaces/api/duties/audit.ts#auditRoutes',
          "await admitAbout(door, asker, 'audit', asked, { as: 'audit subject' });",
          '{ logged: 1, subject: await asked };',
        ),
        off(
          'src/surfaces/cli/commands/audit.ts#auditCommands',
          "await app.door.admit(asker, 'audit', { as: 'audit bundle', reservedTo: 'host' });",
          '',
        ),
        off('src/operations/audit.ts#readAudit', 'concern: concernOf(agreement, party) }', 'concern: undefined }'),
        off('src/access/duties.ts#decideDuty', "if (reservedTo === 'host' && party !== agreement.host.party)", 'if (false)'),
      ],
      tests: [
        'test/access/duties.test.ts › what is the host’s is for its people alone',
        'test/surfaces/api/duties/audit.test.ts › listAudit: the auditor’s role alone, and each try is logged',
        'test/surfaces/api/duties/audit.test.ts › searchAudit: the auditor’s role alone, and each try is logged',
        'test/surfaces/api/duties/audit.test.ts › verifyAudit: the auditor’s role alone, and each try is logged',
        'test/surfaces/api/duties/audit.test.ts › another party’s auditor sees its own people’s accesses and those to its data, and no others',
        'test/surfaces/cli/audit.test.ts › list and bundle want a person with the auditor’s role, and the bundle one of the host',
      ],
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'Data is kept no longer than needed (law 6698; regulation 30224: destruction at most every six months).',
      behaviour: 'Old snapshots and settled quarantined records are deleted daily. The newest snapshot and the years’ references stay.',
      enforced: [
        off(
          'src/operations/upkeep/retention.ts#applyRetention',
          'counts.snapshots = await expireSnapshots(',
          'counts.snapshots = await (async (..._: unknown[]) => 0)(',
        ),
        off(
          'src/operations/upkeep/retention.ts#applyRetention',
          'deleted = await deleteSettled(',
          'deleted = await (async (..._: unknown[]) => 0)(',
        ),
      ],
      tests: [
        'test/operations/retention.test.ts › old snapshots expire; the year’s reference and the newest stay, whole; nobody finds the others',
        'test/operations/retention.test.ts › quarantined records that were settled long ago go; open ones stay',
      ],
      open: 'How long the log is kept stands in the agreement file; nothing acts on it.',
    },
    {
      article: 'policy',
      kind: 'policy',
      says: 'Published tables reveal nobody: small cells are suppressed, and releases cannot be differenced.',
      behaviour:
        'A table’s small, complete and dominated cells are hidden, and others with them, until worlds are found that show each to be unknown, beside all that was published before. What cannot be shown so is refused, as is a table that differs by too few from one of another date or of overlapping people. Yearly reports are for inside use and say so.',
      enforced: [
        off('src/publication/control/rules.ts#sensitiveCells', 'if (count > 0 && count < minimum)', 'if (false)'),
        off('src/publication/control/search/moves.ts#holds', 'return low <= (goal.low ?? low)', 'return true || low <= (goal.low ?? low)'),
        off(
          'src/publication/control/compare.ts#changesTooSmall',
          'if (few(before ? here.count - before.count : 1)) found.add(here.cell);',
          '',
        ),
        off('src/publication/control/compare.ts#changesTooSmall', 'if (few(change)) found.add(whole);', ';'),
        off(
          'src/publication/control/compare.ts#changesTooSmall',
          'const least = leastChange(scene, tables);',
          'const least = scene.minimum;',
        ),
        off(
          'src/publication/control/protect.ts#protect',
          "if (close.length > 0) throw new Refusal('overlap', placesIn(scene, close));",
          '',
        ),
      ],
      tests: [
        'test/publication/control/tables.test.ts › one takes a box of hidden cells, and the totals stay',
        'test/publication/control/proof.test.ts › without a world that it needs',
        'test/publication/control/attack.test.ts › of a random table',
        'test/publication/control/attack.test.ts › of tables that overlap, published one after the other',
        'test/publication/control/earlier.test.ts › one person more is told by the difference: it is refused',
        'test/publication/control/earlier.test.ts › what is hidden both times changed together by one person: refused, whoever else came besides',
        'test/publication/control/earlier.test.ts › may not differ by a few: those would be the rest',
        'test/publication/control/earlier.test.ts › a change that one contributor could make is refused, be it far above the minimum',
      ],
    },
  ],
};
