import { bounded, type Chapter, off, refused } from '../clause';

const [grants, life] = ['src/access/grants.ts#decideSource', 'src/agreements/life.ts#agreementState'];
const routes = 'src/surfaces/api/duties/registers/given.ts';
const [given, registers] = ['src/operations/registers/given.ts', 'prisma/migrations/20261122120000_registers/migration.sql'];

/** I to V.C: parties, subject, ground, use. */
export const terms: Chapter = {
  title: 'I–V.C: parties, subject, ground, access, purpose',
  clauses: [
    {
      article: 'I',
      kind: 'text',
      says: 'İŞKUR and ÇGM conclude the protocol.',
      behaviour: 'It counts as signed only when both parties are recorded as having signed it.',
      enforced: [off(life, 'return Object.keys(agreement.parties).every((p) => agreedBy.includes(p));', 'return agreedBy.length > 0;')],
      tests: ['test/agreements/life.test.ts › signed by one party: not in force, and what is missing is named'],
    },
    {
      article: 'II',
      kind: 'text',
      says: 'It governs certain information of the named systems.',
      behaviour: 'What is no dataset of the agreement is closed like any other closed one, whoever asks.',
      enforced: [
        off(
          grants,
          "if (!dataset || !Object.hasOwn(agreement.parties, request.party)) return closed('policy');",
          "if (!dataset) return { allow: true, grant: 'x', article: 'x', fields: [] };",
        ),
      ],
      tests: [
        refused('a dataset that is none'),
        'test/surfaces/api/refusals.test.ts › a dataset that there is not is closed like any other, and its made-up name is not kept',
      ],
    },
    {
      article: 'III, IV',
      kind: 'text',
      says: 'The circular 2017/6 is its ground; law 6698 is meant by “Kanun”.',
      behaviour: 'Both stand in the agreement file under `legalBasis`, which is changed when a newer circular follows.',
      enforced: [],
      tests: [],
      open: 'Nothing shows the legal basis to anybody yet.',
    },
    {
      article: 'V.A.1',
      kind: 'text',
      says: 'The parties may use the information that is determined, for the time that is stated.',
      behaviour: 'A grant lists its fields. To ask for another one, or to choose records by one, is refused.',
      enforced: [
        off('src/access/grants.ts#within', 'if (foreign !== undefined)', 'if (false)'),
        off('src/access/grants.ts#within', '[...(request.fields ?? []), ...(request.chosenBy ?? [])]', '[...(request.fields ?? [])]'),
        off(grants, "if (!grant || !open) return closed(grant?.article ?? 'policy');", "if (!grant) return closed('policy');"),
        off('src/disclosure/open.ts#releasedFields', 'fields.map((name) =>', 'Object.keys(definitions).map((name) =>'),
      ],
      tests: [
        refused('a dataset that nobody granted'),
        'test/access/party.test.ts › it allows exactly what lies open, and no field besides',
        'test/access/party.test.ts › choosing by a field needs it open just as asking for it does, and gives nothing more',
        'test/surfaces/api/reading.test.ts › a party gets the fields of its grant, fewer if it asks for fewer, in the agreement’s order',
      ],
    },
    {
      article: 'V.B.1',
      kind: 'text',
      says: 'Records are reached by SSL.',
      behaviour: 'The API speaks TLS and nothing else; a source’s address must be https, but on the machine itself.',
      enforced: [
        off('src/surfaces/api/base.ts#baseServer', 'https: { ...tlsOptions(reached), requireHostHeader: false },', ''),
        off('src/sources/configure/checkRequest.ts#addressProblems', 'if (!loopback) problems.push(', 'if (false) problems.push('),
      ],
      tests: [
        'test/surfaces/api/wire.test.ts › plain HTTP on the port is hung up on, without data',
        'test/sources/configure/load.test.ts › http://agency.example with %j is refused',
      ],
    },
    {
      article: 'V.C.1, V.Ç.3',
      kind: 'text',
      says: 'Queries serve the defined services for children, and the party’s own business, alone.',
      behaviour: 'Purposes are a closed list. A query names one, and one that its grant allows; else it is refused and logged.',
      enforced: [
        off('src/access/staff.ts#decideStated', 'if (purpose === undefined) return', 'if (false) return'),
        off('src/access/staff.ts#decideStated', 'if (!Object.hasOwn(purposes, purpose)) return', 'if (false) return'),
        off(grants, 'if (request.purpose !== undefined && !grant.purposes.includes(request.purpose)) {', 'if (false) {'),
        off(
          'src/access/decide.ts#decide',
          "const unstated = decideStated(agreement, reads ? request : { purpose, case: '-' });\n  if (unstated) return unstated;",
          '',
        ),
        off('src/access/decide.ts#decide', 'if (!forThis.allow) return forThis;', ''),
        off(
          'src/access/decide.ts#decideFindings',
          'const unstated = decideStated(agreement, request);\n  if (unstated) return unstated;',
          '',
        ),
      ],
      tests: [
        refused('no purpose'),
        refused('a purpose that is none of the agreement'),
        refused('a purpose that the grant does not name'),
        'test/access/matrix.test.ts › findings want a person who may act, a purpose and a case, as records do; of the province alone',
        bounded('findings: without a purpose or a case nothing is told'),
        'test/surfaces/api/refusals.test.ts › a foreign purpose is refused, and what was written there is not kept',
      ],
    },
    {
      article: 'V.Ç.2',
      kind: 'text',
      says: 'Information is taken and used as law and protocol say.',
      behaviour: 'Nothing is pulled and nothing released while the agreement is not in force.',
      enforced: [
        off('src/agreements/life.ts#applies', "return state.status === 'in-force' || state.status === 'in-notice';", 'return true;'),
        off(grants, 'if (!applies(state)) {', 'if (false) {'),
        off('src/operations/runs/execute.ts#requireAllowed', 'if (!decision.allow) throw', 'if (false) throw'),
      ],
      tests: [
        refused('an agreement that is not in force'),
        refused('an agreement that has ended'),
        'test/flow/split.test.ts › parts are not read for an agreement that has ended',
      ],
    },
    {
      article: 'V.Ç.1',
      kind: 'text',
      says: 'Data is taken by the web services that the protocol determines.',
      behaviour: 'A dataset is pulled only if the host owns it or holds an open grant on it.',
      enforced: [
        off(
          'src/access/decide.ts#decidePull',
          'return decideParty(agreement, state, { party: agreement.host.party, dataset, ...(mode ? { mode } : {}) });',
          "return { allow: true, grant: 'x', article: 'x', fields: [] };",
        ),
      ],
      tests: ['test/access/party.test.ts › a dataset is pulled only if the host owns it or holds an open grant on it'],
      open: 'V.E.4’s “other methods”: a grant does not name its method yet, and there is none but the web service.',
    },
    {
      article: 'V.Ç.4',
      kind: 'text',
      says: 'Information is kept confidential and given to nobody but the person concerned.',
      behaviour: 'What says who somebody is lies sealed; only a known person of a party is answered, through one door.',
      enforced: [
        off('src/agreements/fields.ts#fieldPlan', "openAt: where((f) => f.sensitivity === 'open'),", 'openAt: where(() => true),'),
        off(
          'src/surfaces/api/server.ts#apiServer',
          'request.asker = await asker(deps, attempts, request);',
          'request.asker = await asker(deps, attempts, request).catch(() => ({}) as never);',
        ),
      ],
      tests: [
        'test/flow/privacy.test.ts › no national id and no name stands in clear in the database or in the log, whatever happened',
        'test/surfaces/api/refusals.test.ts › without a token that is known and stands, nothing answers; each try is logged',
      ],
    },
    {
      article: 'V.Ç.4',
      kind: 'text',
      says: 'The person concerned alone may be given it.',
      behaviour:
        'That it was given is recorded: by which officer, which fields, how identity was checked (the words are policy), and whose it was under the log’s key alone. The register takes additions only, and releases nothing.',
      enforced: [
        off(`${given}#recordGiven`, 'subject: new Uint8Array(subject), keyId', 'subject: new Uint8Array(16), keyId'),
        off(`${given}#recordGiven`, 'if (own !== party)', 'if (false)'),
        off(`${routes}#givenRoutes`, ', own: party }', ' }'),
        off(`${routes}#givenRoutes`, '`, party);', '`);'),
        off(
          `${given}#findGiven`,
          "await broker.audit.append({ ...operation({ at: broker.clock(), by, command: 'register given find' }), subjects: [subject] });",
          '',
        ),
        off(
          `${registers}#given_entry_append_only`,
          'BEFORE UPDATE OR DELETE OR TRUNCATE ON "given_entry"',
          'BEFORE TRUNCATE ON "given_entry"',
        ),
      ],
      tests: [
        'test/operations/registers/given.test.ts › an entry says who gave what when, and whose it was under the log’s key alone',
        'test/operations/registers/given.test.ts › by the number the person’s entries are found, and that is logged first',
        'test/operations/registers/given.test.ts › what is wrong is refused, and nothing is written',
        'test/operations/registers/given.test.ts › the register’s rows cannot be changed, shortened or emptied',
        'test/surfaces/api/duties/registers.test.ts › what one party gave is not the other’s to see or take back',
      ],
    },
  ],
};
