import path from 'node:path';
import { reservedNames } from '../../src/agreements/filters';
import { loadAgreement } from '../../src/agreements/load';
import { changed, mistakes, text2024 } from './support/files';

/** What is wrong, the passage and what stands there instead, and the one sentence that tells of it. */
const cases: [string, [string, string][], string | RegExp][] = [
  // Names that stand nowhere.
  ['an unknown host', [['host: { party: cgm', 'host: { party: nobody']], 'host.party: there is no party "nobody"'],
  ['an unknown owner', [['    owner: iskur', '    owner: nobody']], 'datasets.iskur.agents.owner: there is no party "nobody"'],
  ['an unknown reader', [['party: cgm\n', 'party: nobody\n']], 'grants.cgm-agents.party: there is no party "nobody"'],
  ['a name that every object has', [['host: { party: cgm', 'host: { party: constructor']], 'host.party: there is no party "constructor"'],
  [
    'an unknown dataset in a grant',
    [['    dataset: iskur.agents', '    dataset: iskur.nothing']],
    'grants.cgm-agents.dataset: there is no dataset "iskur.nothing"',
  ],
  [
    'an unknown dataset in the schedules',
    [['  emetip.workers: { periodic', '  emetip.nothing: { periodic']],
    'schedules: there is no dataset "emetip.nothing"',
  ],
  [
    'an unknown field in a grant',
    [['permitStartDate, phone,', 'permitStartDate, fax,']],
    'grants.cgm-agents.fields: the dataset "iskur.agents" has no field "fax"',
  ],
  [
    'a field that every object has',
    [['permitStartDate, phone,', 'permitStartDate, toString,']],
    'grants.cgm-agents.fields: the dataset "iskur.agents" has no field "toString"',
  ],
  [
    'an unknown purpose',
    [['purposes: [schooling, child-labour, services]\n', 'purposes: [schooling, marketing]\n']],
    'grants.iskur-children.purposes: there is no purpose "marketing"',
  ],
  [
    'a key that is no field',
    [
      [
        'article: VI.A.1\n    classification: { label: HİZMETE ÖZEL, article: policy }\n    key: nationalId',
        'article: VI.A.1\n    classification: { label: HİZMETE ÖZEL, article: policy }\n    key: number',
      ],
    ],
    'datasets.iskur.agents.key: there is no field "number"',
  ],

  // What does not go together.
  [
    'a key without an index',
    [['index: true, required: true, article: VI.A.1 }', 'required: true, article: VI.A.1 }']],
    'datasets.iskur.agents.key: the field "nationalId" must be a required nationalId with index: true',
  ],
  [
    'a key that may be missing',
    [['index: true, required: true, article: VI.A.1 }', 'index: true, article: VI.A.1 }']],
    'datasets.iskur.agents.key: the field "nationalId" must be a required nationalId with index: true',
  ],
  [
    'a national id left open',
    [
      [
        'kinds: [tckn, ykn, vkn], label: Tarım Aracısı Kimlik No, sensitivity: personal',
        'kinds: [tckn, ykn, vkn], label: Tarım Aracısı Kimlik No, sensitivity: open',
      ],
    ],
    'datasets.emetip.workers.fields.agentId.sensitivity: a national id is never open',
  ],
  ['a grant to the owner', [['party: cgm\n', 'party: iskur\n']], 'grants.cgm-agents.party: "iskur" owns the dataset and needs no grant'],
  ['a field named twice', [['permitStartDate, phone,', 'permitStartDate, title,']], 'grants.cgm-agents.fields: a field is named twice'],
  [
    'two grants of one party on one dataset',
    [
      [
        'dataset: cts.children\n    fields: [nationalId, fullName, birthDate, province, sector, schooling]',
        'dataset: emetip.workers\n    fields: [nationalId]',
      ],
    ],
    'grants.iskur-children: "iskur" already has the grant "iskur-workers" on "emetip.workers"',
  ],
  ['an annex named twice', [['id: Ek-2', 'id: Ek-1']], 'annexes: an annex is named twice'],
  [
    'bounds the wrong way round',
    [['min: 2000, max: 2100', 'min: 2100, max: 2000']],
    'datasets.emetip.workers.fields.season: min is greater than max',
  ],
  [
    'a readable year under a field’s name',
    [
      [
        'label: Doğum Tarihi, sensitivity: personal, openYearAs: birthYear',
        'label: Doğum Tarihi, sensitivity: personal, openYearAs: season',
      ],
    ],
    'datasets.emetip.workers.fields.birthDate.openYearAs: "season" is already a field',
  ],
  [
    'one readable year for two dates',
    [
      [
        'detectedOn: { type: date, label: Tespit Tarihi, sensitivity: open,',
        'detectedOn: { type: partialDate, label: Tespit Tarihi, sensitivity: personal, openYearAs: birthYear,',
      ],
    ],
    'datasets.cts.children.fields.detectedOn.openYearAs: "birthYear" is already a field',
  ],
  [
    'an undertaking for nobody',
    [['undertaking: { protects: iskur', 'undertaking: { protects: nobody']],
    'incidents.undertaking.protects: there is no party "nobody"',
  ],
  ['a habit that each day is beyond', [['harvest: { factor: 5', 'harvest: { factor: 1']], /^thresholds\.harvest\.factor: /],
  [
    'another’s approval',
    [['{ owner: iskur, datasets: [iskur.agents]', '{ owner: cgm, datasets: [iskur.agents]']],
    'consents[1]: "cgm" does not own "iskur.agents"',
  ],
  [
    'no rule of publication',
    [['datasets: [emetip.workers, cts.children]', 'datasets: [emetip.workers]']],
    'consents: the dataset "cts.children" has no publication rule',
  ],

  [
    'a report by a field that is not there',
    [['{ by: [[status]]', '{ by: [[status], [province]]']],
    'datasets.iskur.agents.report.by[1]: there is no field "province"',
  ],
  [
    'a report by a field that is sealed',
    [['{ by: [[status]]', '{ by: [[title]]']],
    'datasets.iskur.agents.report.by[0]: "title" is not an open field of few values (province, code, integer or boolean)',
  ],
  [
    'a report by days',
    [['{ by: [[status]]', '{ by: [[permitStartDate]]']],
    'datasets.iskur.agents.report.by[0]: "permitStartDate" is not an open field of few values (province, code, integer or boolean)',
  ],
  [
    'a report by a field and itself',
    [['{ by: [[status]]', '{ by: [[status, status]]']],
    'datasets.iskur.agents.report.by[0]: a field is named twice',
  ],
  [
    'the same report in another order',
    [['[sector], [province, schooling]]', '[schooling, province], [province, schooling]]']],
    'datasets.cts.children.report.by[3]: this grouping is already there',
  ],

  ...reservedNames.map((name): [string, [string, string][], string] => [
    `a field that records are chosen by, called ${name}`,
    [['      nationality: { type: code', `      ${name}: { type: code`]],
    `datasets.emetip.workers.fields.${name}: records can be chosen by this field, and in a query "${name}" means something else; give it another name`,
  ]),

  // Shape.
  ['a property nobody knows', [['  years: 1', '  years: 1\n  yers: 2']], 'term: Unrecognized key: "yers"'],
  ['a wrong type', [['  years: 1', '  years: one']], 'term.years: Invalid input: expected number, received string'],
  ['a text in quotes for a truth', [['renews: true', 'renews: "true"']], 'term.renews: Invalid input: expected boolean, received string'],
  ['something missing', [['  years: 1\n', '']], 'term.years: Invalid input: expected number, received undefined'],
  ['no article', [['host: { party: cgm, article: policy }', 'host: { party: cgm }']], /^host\.article: /],
  ['half a year', [['  years: 1', '  years: 0.5']], /^term\.years: /],
  ['a report of nothing', [['{ by: [[status]]', '{ by: []']], /^datasets\.iskur\.agents\.report\.by: /],
  ['a report by three fields', [['[province, schooling]]', '[province, schooling, sex]]']], /^datasets\.cts\.children\.report\.by\[3\]: /],
  ['no field in a grant', [['[nationalId, fullName, birthDate, province, sector, schooling]', '[]']], /^grants\.iskur-children\.fields: /],
  [
    'an unknown kind of field',
    [
      [
        'type: phone, label: Telefon Numarası, sensitivity: personal, article: Ek-1',
        'type: fone, label: Telefon Numarası, sensitivity: personal, article: Ek-1',
      ],
    ],
    /^datasets\.iskur\.agents\.fields\.phone\.type: .*'phone'/,
  ],
  [
    'an option of another kind of field',
    [['type: boolean, label: Hizmete', 'type: boolean, min: 0, label: Hizmete']],
    'datasets.cts.children.fields.supportGiven: Unrecognized key: "min"',
  ],
  [
    'an unknown way of keeping',
    [['label: Durum, sensitivity: open', 'label: Durum, sensitivity: public']],
    /^datasets\.iskur\.agents\.fields\.status\.sensitivity: .*"open"\|"personal"\|"sensitive"/,
  ],
  [
    'a rule over an unknown dataset',
    [['    to: iskur.agents\n    subject', '    to: iskur.nobody\n    subject']],
    /rules\.agent-unlisted\.to: there is no dataset "iskur.nobody"/,
  ],
  [
    'a rule over a sealed field',
    [['    field: status\n', '    field: title\n']],
    /rules\.permit-not-active\.field: "title" of "iskur\.agents" must be readable at rest/,
  ],
  [
    'a rule over an unknown field',
    [['    birth: birthDate\n    ages: [{ name: evet', '    birth: bornOn\n    ages: [{ name: evet']],
    /rules\.child-unknown\.birth: the dataset "emetip\.workers" has no field "bornOn"/,
  ],
  [
    'an unknown mode',
    [
      [
        '[instant, periodic, yearly]\n    staleAnswers: true # policy\n    purposes: [schooling, child-labour, services]\n',
        '[instant, hourly]\n    purposes: [schooling, child-labour, services]\n',
      ],
    ],
    /^grants\.iskur-children\.modes\[1\]: .*"instant"\|"periodic"\|"yearly"/,
  ],
  ['an unknown way of opening', [['opens: agreement', 'opens: always']], /^grants\.cgm-agents\.opens: .*"agreement"\|"supplement"/],
  [
    'publication opened by the file',
    [['[iskur.agents], publication: closed', '[iskur.agents], publication: open']],
    /^consents\[1\]\.publication: .*"closed"/,
  ],
  ['a party’s id in capitals', [['  cgm: { name', '  CGM: { name']], /^parties\.CGM: use lower-case letters, digits and hyphens$/],
  ['a field’s name in capitals', [['      title: {', '      Title: {']], /^datasets\.iskur\.agents\.fields\.Title: use camelCase$/],
  [
    'a dataset without its agency',
    [['  iskur.agents:\n    label', '  agents:\n    label']],
    /^datasets\.agents: use words joined by a dot, such as agency\.records$/,
  ],
  ['a share above one', [['guard: { share: 0.2', 'guard: { share: 20']], /^thresholds\.guard\.share: .*<=1$/],
  ['a share of nothing', [['drift: { share: 0.2', 'drift: { share: 0']], /^thresholds\.drift\.share: .*>0$/],
  ['retention of no days', [['quarantine: { days: 180', 'quarantine: { days: 0']], /^retention\.quarantine\.days: /],
  ...[
    'nightly',
    '0 2 * *',
    '0 2 * * * *',
    '60 2 * * *',
    '0 24 * * *',
    '0 2 0 * *',
    '0 2 * 13 *',
    '0 2 * * 8',
    '0 2-1 * * *',
    'a b c d e',
    '*/0 2 * * *',
    '0  2 * * *',
    '0 2 * * ,',
    '0 2 30 2 *',
    '0 2 31 4,6 *',
  ].map((cron): [string, [string, string][], RegExp] => [
    `the schedule "${cron}"`,
    [['periodic: 0 2 * * *', `periodic: "${cron}"`]],
    /^schedules\.iskur\.agents\.periodic: write five cron fields in numbers/,
  ]),

  [
    'an unknown way of making up for a missed slot',
    [['yearly: 0 4 2 1 *, catchUp: latest', 'yearly: 0 4 2 1 *, catchUp: all']],
    /^schedules\.iskur\.agents\.catchUp: .*"latest"\|"none"/,
  ],

  // Derived datasets.
  [
    'a derived dataset of none',
    [['      of: iskur.agents', '      of: iskur.none']],
    'datasets.joint.agents.derived.of: there is no dataset "iskur.none"',
  ],
  [
    'a derived field that says not how it is made',
    [['label: İŞKUR Kaydında, sensitivity: open, derive: { kind: listed },', 'label: İŞKUR Kaydında, sensitivity: open,']],
    'datasets.joint.agents.fields.listed: it needs derive, to say how it is made',
  ],
  [
    'a sealed field copied into a derived one',
    [['derive: { kind: copy, field: status }', 'derive: { kind: copy, field: title }']],
    /^datasets\.joint\.agents\.fields\.status\.derive: "title" of "iskur\.agents" must be readable at rest/,
  ],
  [
    'a count by a field with many values',
    [['groups: [season, workProvince]', 'groups: [season, workStartDate]']],
    'datasets.joint.agents.fields.workersBySeason.derive.groups: "workStartDate" of "emetip.workers" must be an open field of few values',
  ],
  [
    'a derived list of findings under a rule that is not there',
    [['                  agent-unlisted,\n', '                  agent-nowhere,\n']],
    'datasets.joint.agents.fields.findings.derive.rules: there is no rule "agent-nowhere"',
  ],
  [
    'a source field that is derived',
    [
      [
        'label: Telefon Numarası, sensitivity: personal, article: Ek-1 }',
        'label: Telefon Numarası, sensitivity: personal, derive: { kind: listed }, article: Ek-1 }',
      ],
    ],
    "datasets.iskur.agents.fields.phone.derive: only a derived dataset's fields are derived",
  ],
  [
    'a grant on a derived dataset',
    [
      [
        '    dataset: iskur.agents\n    fields: [nationalId, fullName, title, permitStartDate, phone, reportedWorkerCount, status]',
        '    dataset: joint.agents\n    fields: [nationalId]',
      ],
    ],
    'grants.cgm-agents.dataset: "joint.agents" is derived; it is open to whoever may read what it is made of',
  ],
  [
    'a field that is released and counted besides',
    [['birthDate, province, sector, schooling]', 'birthDate, province, sector, schooling]\n    aggregates: [province]']],
    'grants.iskur-children.aggregates: "province" is released already',
  ],

  // YAML.
  ['a key twice', [['id: cgm-iskur-2024', 'id: cgm-iskur-2024\nid: another']], /^Map keys must be unique at line \d+, column 1$/],
  ['broken YAML', [['host: { party: cgm,', 'host: { party: cgm: x,']], /at line \d+, column \d+$/],
  ['an alias of nothing', [['article: VII.1–2', 'article: *nowhere']], /^Unresolved alias .*nowhere$/],
  ['two documents', [['\nparties:', '\n---\nparties:']], /^Source contains multiple documents.* at line \d+, column 1$/],
];

describe('a mistake in an agreement file', () => {
  test('the file as it is has none', () => expect(mistakes(text2024).list).toEqual([]));

  test.each(cases)('%s: one sentence that names the file and the place', (_what, changes, sentence) => {
    const { heading, list, hint } = mistakes(changed(...changes));
    expect(heading).toBe('The agreement file protocol.yaml is wrong');
    const telling = list.filter((one) => (typeof sentence === 'string' ? one === sentence : sentence.test(one)));
    expect({ telling: telling.length, list }).toEqual({ telling: 1, list });
    expect(hint).toMatch(/^Mend .*protocol\.yaml and start again\.$/);
  });

  test.each([
    ['nothing', ''],
    ['a comment', '# nothing\n'],
    ['a list', '- a\n- b\n'],
    ['a text', 'agreement'],
  ])('a file that holds %s', (_what, text) => {
    expect(mistakes(text).list).toEqual([
      expect.stringMatching(/^the file: Invalid input: expected object, received (?:null|array|string)$/),
    ]);
  });

  test('a file that swells when it is read is refused', () => {
    const lists = ['a0: &a0 [x, x]', ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)].join('\n');
    expect(mistakes(lists).list).toEqual([expect.stringMatching(/^Excessive alias count/)]);
  });

  test('several mistakes of shape are told at once', () => {
    const { list } = mistakes(
      changed(
        ['  years: 1', '  years: one'],
        ['opens: agreement', 'opens: always'],
        ['guard: { share: 0.2', 'guard: { share: 20'],
        ['renews: true', 'renew: true'],
      ),
    );
    expect(list.map((one) => one.slice(0, one.indexOf(':'))).sort()).toEqual([
      'grants.cgm-agents.opens',
      'term',
      'term.renews',
      'term.years',
      'thresholds.guard.share',
    ]);
  });

  test('several that contradict each other are told at once', () => {
    const { list } = mistakes(
      changed(
        ['host: { party: cgm', 'host: { party: nobody'],
        ['permitStartDate, phone,', 'permitStartDate, fax,'],
        ['id: Ek-2', 'id: Ek-1'],
        ['min: 2000, max: 2100', 'min: 2100, max: 2000'],
      ),
    );
    expect(list).toHaveLength(4);
  });

  test('a field by which nobody chooses may be called as a parameter is', () => {
    for (const name of ['after', 'format', 'limit'])
      expect(mistakes(changed(['      supportGiven: { type', `      ${name}: { type`])).list).toEqual([]);
  });

  test('a file that is not there is named with its path', () => {
    const file = path.join(__dirname, 'no-such-protocol.yaml');
    expect(() => loadAgreement(file)).toThrow(`The agreement file ${file} cannot be read.`);
  });

  test('cron that is right is taken', () => {
    for (const cron of ['* * * * *', '*/15 0-6,22 1,15 1-12/3 0-7', '59 23 31 12 7']) {
      expect([cron, mistakes(changed(['periodic: 0 2 * * *', `periodic: "${cron}"`])).list]).toEqual([cron, []]);
    }
  });
});
