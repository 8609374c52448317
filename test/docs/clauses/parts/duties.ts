import { bounded, type Chapter, off, refused } from '../clause';

const [staff, provenance] = ['src/access/staff.ts#decideStaff', 'src/disclosure/provenance.ts#standing'];
const quotas = 'prisma/migrations/20261122080000_quota/migration.sql#quota_reserve';
const batch = 'prisma/migrations/20261130100000_quota_batch/migration.sql#quota_reserve_all';

/** V.Ç.5 to 10: responsibility, users, limits, modes, statistics. */
export const duties: Chapter = {
  title: 'V.Ç.5–10: responsibility, users, limits, modes, statistics',
  clauses: [
    {
      article: 'V.Ç.5',
      kind: 'text',
      says: 'Who uses information answers for what it decides by it.',
      behaviour:
        'Every answer says its source, the source’s time and “teyit gerekir”. The broker corrects nothing and decides nothing about a person.',
      enforced: [
        off(provenance, 'notice: agreement.notice }', "notice: { text: '', article: '' } }"),
        off('src/disclosure/provenance.ts#originOf', 'time: of.time.toISOString(),', "time: '',"),
      ],
      tests: [
        'test/surfaces/api/reading.test.ts › every answer says source, source time, snapshot, agreement, grant, "teyit gerekir" and consent with its article',
      ],
    },
    {
      article: 'V.Ç.6',
      kind: 'text',
      says: 'The credential that a party is given is kept secret.',
      behaviour: 'Each person has an own token, of which a digest alone is kept. Revoked or run out it is void at the next request.',
      enforced: [
        off('src/access/people/tokens.ts#digest', "createHash('sha256').update(token).digest()", 'Buffer.from(token)'),
        off('src/access/who.ts#whoOfToken', 't.revoked_at is null and t.expires_at > $3', 't.expires_at > $3'),
        off(
          'src/access/who.ts#whoOfToken',
          't.revoked_at is null and t.expires_at > $3',
          't.revoked_at is null and $3::timestamptz is not null',
        ),
      ],
      tests: [
        'test/access/people/tokens.test.ts › it is kept nowhere: the table has its digest alone',
        'test/access/people/tokens.test.ts › it ends at its time, and not before',
        'test/access/people/tokens.test.ts › revoked, one or all of a person’s, it is void at once, and others’ are not',
      ],
    },
    {
      article: 'V.Ç.6',
      kind: 'text',
      says: 'Sub-users are restricted by IP address.',
      behaviour: 'A request from an address that is on neither the institution’s or unit’s list nor the person’s own is refused.',
      enforced: [
        off(staff, 'if ([addresses, own].some((rules) => rules.length > 0 && !addressAllowed(address, rules)))', 'if (false)'),
        off(staff, '[addresses, own].some(', '[addresses].some('),
        off('src/access/institutions/addresses.ts#addressAllowed', 'rules.some(({ cidr }) => isWithin(address, cidr))', 'true'),
        off(
          'src/access/institutions/addresses.ts#rulesFor',
          'return own.length > 0 ? own : ours.filter((rule) => rule.unit === null);',
          'return ours;',
        ),
      ],
      tests: [
        refused('an address that is not on the list'),
        refused('an address that is not on the person’s own list'),
        'test/access/institutions/addresses.test.ts › a unit’s own, which replace its party’s',
      ],
    },
    {
      article: 'V.Ç.6',
      kind: 'text',
      says: 'Authority and responsibility are defined.',
      behaviour: 'A person does what a role of theirs allows, and nothing else. The roles themselves are policy.',
      enforced: [
        off(staff, 'if (roles.length === 0)', 'if (false)'),
        off('src/agreements/roles.ts#rolesFor', ' && may.includes(action)', ''),
        off('src/agreements/roles.ts#rolesFor', 'held.includes(name) && ', ''),
      ],
      tests: [refused('a role that does not allow it'), refused('no role')],
    },
    {
      article: 'V.Ç.6',
      kind: 'text',
      says: 'Queries are logged per authorised person.',
      behaviour: 'Each entry of the log names person, unit, address and case; the person asked about stands in it under a key only.',
      enforced: [
        off('src/disclosure/permit.ts#entryOf', '    person: id,\n', ''),
        off('src/disclosure/permit.ts#entryOf', '    unit,\n    address,\n', '    address,\n'),
        off('src/disclosure/permit.ts#entryOf', '    unit,\n    address,\n', '    unit,\n'),
        off('src/disclosure/permit.ts#entryOf', '...(of === undefined ? {} : { case: of }),\n  };\n}\n\n/** Writes', '};\n}\n\n/** Writes'),
      ],
      tests: [bounded('records: the log names the person, the unit, the address and the case')],
    },
    {
      article: 'V.Ç.7',
      kind: 'text',
      says: 'A party may determine and limit the other’s queries per day.',
      behaviour: 'The data’s owner sets, changes and lifts limits. What has no room is refused and logged, each way of reading alike.',
      enforced: [
        off('src/operations/quotas.ts#setLimit', 'if (dataset.owner !== setBy)', 'if (false)'),
        off('src/access/duties.ts#decideDuty', "if (reservedTo === 'owner' && owner !== undefined && owner !== party)", 'if (false)'),
        off('src/access/decide.ts#decide', 'return exhausted && reads ? overQuota(exhausted) : reach;', 'return reach;'),
        off('src/disclosure/quota.ts#charge', 'if (reserved.allow) return', 'if (reserved.allow || reserved.quotas) return'),
        off(quotas, 'IF refused THEN RETURN; END IF;', ''),
        off(batch, 's.added = 0 OR s.used + s.added <= s.most', 'true'),
        off('src/disclosure/door.ts#Door', 'chargeReading(this.deps, asker, release, 1),', 'async () => undefined,'),
        off('src/disclosure/door.ts#Door', 'await chargeReading(this.deps, asker, release, page.length);', ''),
        off(
          'src/disclosure/door.ts#Door',
          'await chargeReading(this.deps, asker, release, await mostOf(this.deps, release)));',
          'async () => undefined);',
        ),
        off(
          'src/disclosure/lookups.ts#lookup',
          'await charge(\n    deps,\n    { ...asker, repeatKey: wish.repeatKey },',
          'await (async (..._: unknown[]) => undefined)(\n    deps,\n    { ...asker, repeatKey: wish.repeatKey },',
        ),
        off(
          'src/disclosure/findings.ts#releaseFindings',
          'await chargeFindings(deps, asker, entry, tag.unchanged ? [] : page, JSON.stringify(question));',
          '',
        ),
      ],
      tests: [
        refused('a quota that is used up'),
        'test/access/duties.test.ts › what is the owner’s is for its approvers alone; what has no owner is nobody else’s',
        'test/operations/quotas.test.ts › nobody else does, an owner is not limited, and nothing is written',
        'test/access/quotas.test.ts › of 200 queries in two processes exactly as many pass as the limit has room for',
        ...['records', 'record', 'export', 'lookup', 'findings'].map((way) =>
          bounded(`${way}: the owner’s limit on queries refuses, logs it with its article, and binds the owner not at all`),
        ),
      ],
    },
    {
      article: 'V.Ç.7',
      kind: 'text',
      says: 'So may the other party limit ours.',
      behaviour: 'Requests to a source are counted durably by day. With its limit used up the run rests, and goes on from its place.',
      enforced: [off('src/sources/ask/limits.ts#createGate', 'if (await deps.ledger.take(id, day, requestsPerDay)) return;', 'return;')],
      tests: [
        'test/sources/ask/limits.test.ts › used up ends the pull without trying again; what came before it was given',
        'test/flow/query.test.ts › rests at the daily limit and goes on the next day in Istanbul, asking nobody twice',
      ],
    },
    {
      article: 'V.Ç.8',
      kind: 'text',
      says: 'Queries are instant, periodic or yearly.',
      behaviour:
        'Look-ups ask the source at once, schedules pull nightly and yearly, the yearly pull leaves the year’s reference. A mode that a grant lacks is refused.',
      enforced: [
        off(
          'src/access/grants.ts#decideSource',
          'if (request.mode && !grant.modes.includes(request.mode)) return closed(grant.article);',
          '',
        ),
        off('src/operations/runs/runs.ts#admitRun', "mode === 'manual' ? undefined : mode", 'undefined'),
        off(
          'src/snapshots/references.ts#writeReference',
          'on conflict (dataset, year) do nothing',
          'on conflict (dataset, year) do update set version = excluded.version',
        ),
      ],
      tests: [
        'test/access/party.test.ts › it allows exactly what lies open, and no field besides',
        'test/operations/slots.test.ts › in a mode that the grant does not have are refused',
        'test/operations/yearReport.test.ts › the first one of a year stays',
      ],
      open: 'The modes periodic and yearly bind pulls; reading a snapshot is not held to them.',
    },
    {
      article: 'V.Ç.9–10',
      kind: 'text',
      says: 'A statistic drawn from the other’s data is published only with its approval.',
      behaviour:
        'Only a frozen table is published, and only under an approval of just this table by each owner whose data it draws on and a standing consent that is in force for each other owner’s dataset. The owner’s approver decides, never the party that asks; what is withdrawn is gone at once. Each answer about data, each report, export and listing of operators says the flags in force. The file cannot open publication.',
      enforced: [
        off(
          'src/disclosure/provenance.ts#originOf',
          'publicationConsent: consentFlags(agreement, state.consents, inputsOf(agreement, of.dataset)),',
          'publicationConsent: [],',
        ),
        off(
          'src/agreements/check.ts#agreementProblems',
          'if (!derived && !agreement.consents.some((c) => c.datasets.includes(id)))',
          'if (false)',
        ),
        off('src/agreements/check.ts#agreementProblems', 'if (owner && owner !== consent.owner)', 'if (false)'),
        off('src/agreements/consents.ts#consentState', 'if (granted.until < today)', 'if (false)'),
        off('src/agreements/consents.ts#consentState', 'inForce: granted.from <= today', 'inForce: true'),
        off('src/publication/consents/index.ts#decideConsent', 'if (consent.owner === person.party) return consent;', 'return consent;'),
        off('src/publication/publications/rules.ts#groundsOf', 'if (!isWhole(one)) throw', 'if (false) throw'),
        off('src/publication/publications/rules.ts#groundsOf', 'if (!approval)', 'if (!approval && false)'),
        off('src/publication/publications/rules.ts#groundsOf', 'if (approval.digest !== one.digest) throw', 'if (false) throw'),
        off('src/publication/publications/rules.ts#groundsOf', 'if (!standing)', 'if (!standing && false)'),
        off('src/publication/publications/decide.ts#approvePublication', 'asked.digest !== one.digest', 'false'),
        off('src/publication/public/shelf.ts#createShelf', 'if (one.withdrawn && one.published)', 'if (false)'),
        off('src/publication/public/shelf.ts#createShelf', 'if (!isOpen(one)) throw', 'if (false) throw'),
        off('src/surfaces/api/routes/public.ts#publicRoutes', 'if (generation > kept.generation)', 'if (kept.generation < 0)'),
      ],
      tests: [
        ...[
          'the whole life: asked, refused, asked again, granted, frozen, approved, published, withdrawn',
          'a consent is decided by the owner’s approver, never by the party that asks',
          'a mixed table with one owner’s approval, or with both and no consent',
          'a consent that has expired, or that is to come',
          'a stored table that was changed after it was approved',
        ].map((title) => `test/flow/publication.test.ts › ${title}`),
        'test/surfaces/api/duties/publications.test.ts › a withdrawal ends it in every process at once, whatever was kept; a proposal is nowhere to be seen before',
        'test/surfaces/api/reading.test.ts › every answer says source, source time, snapshot, agreement, grant, "teyit gerekir" and consent with its article',
        'test/agreements/mistakes.test.ts › no rule of publication: one sentence that names the file and the place',
        'test/agreements/mistakes.test.ts › another’s approval: one sentence that names the file and the place',
      ],
    },
  ],
};
