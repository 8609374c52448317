import type { Door } from '../../../src/disclosure/door';
import { type TestBroker, testBroker } from '../../support/broker';
import { type Cell, hasOffice, type Opening, openedInOffice } from '../../support/office';
import { truthOf } from '../../support/truth';
import { type Api, servedApi, serverWith } from './support';

if (!hasOffice) console.error('SKIPPED: no LibreOffice (soffice) on this machine, so it is not tested that an export opens right in it.');

const datasets = ['iskur.agents', 'emetip.workers', 'cts.children'] as const;
const owner = { 'iskur.agents': 'iskur', 'emetip.workers': 'cgm', 'cts.children': 'cgm' } as const;
const separators = ['semicolon', 'comma'] as const;

/** As LibreOffice's dialog proposes it, and as a program that calculates and guesses whatever it can. */
const openings: [string, Opening][] = [
  ['by the defaults of its dialog', {}],
  ['calculating formulas and guessing numbers, in Turkish', { eager: true }],
  ['calculating formulas and guessing numbers, in English', { eager: true, language: 1033 }],
];

(hasOffice ? describe : describe.skip)('a CSV export in LibreOffice', () => {
  let broker: TestBroker;
  let api: Api;

  beforeAll(async () => {
    broker = await testBroker({ agents: 300, workers: 600, children: 300 });
    for (const dataset of datasets) expect((await broker.run(dataset)).status).toBe('succeeded');
    api = await servedApi(broker);
  });
  afterAll(() => broker.close());

  test.each(openings)(
    'opened %s: every cell is the source’s own',
    async (_how, opening) => {
      const files: Record<string, string> = {};
      for (const dataset of datasets)
        for (const separator of separators) {
          const where = `/v1/datasets/${dataset}/export?format=csv&separator=${separator}`;
          files[`${dataset}-${separator}`] = (await api.ask(where, { as: owner[dataset] })).text;
        }
      // The dialog takes both separators at once, so an unquoted one of the other kind would be seen. The eager one is told.
      const both = openedInOffice(opening.eager ? chosen(files, 'semicolon') : files, {
        ...opening,
        ...(opening.eager ? { separators: '59' } : {}),
      });
      const opened = opening.eager ? { ...both, ...openedInOffice(chosen(files, 'comma'), { ...opening, separators: '44' }) } : both;
      expect(Object.keys(opened)).toHaveLength(6);
      for (const dataset of datasets)
        for (const separator of separators) {
          const { fields } = broker.app.agreement.datasets[dataset] as { fields: Record<string, { label: string; type: string }> };
          const [heading, ...rows] = opened[`${dataset}-${separator}`] as [Cell[], ...Cell[][]];
          expect(heading.slice(0, Object.keys(fields).length).map(({ text }) => text)).toEqual(Object.values(fields).map((f) => f.label));
          const told = truthOf(broker.standIns, dataset).map((record) =>
            Object.entries(fields).map(([name, { type }]) => shown(record[name], type)),
          );
          const found = rows.map((row) => Object.keys(fields).map((_name, i) => seen(row[i])));
          expect(found.sort(byFirst)).toEqual(told.sort(byFirst));
        }
    },
    120_000,
  );

  test('what the truth holds is what this is about: Turkish letters, complete ids, leading zeros, plus signs, months without a day', () => {
    const all = JSON.stringify(datasets.map((dataset) => truthOf(broker.standIns, dataset)));
    for (const letter of 'şŞğĞıİöÖüÜçÇ') expect(all).toContain(letter);
    for (const form of [/"\d{11}"/, /"\d{10}"/, /"0[1-9]"/, /"\+90\d{10}"/, /"\d{4}-\d{2}"/, /"raw":"-"/]) expect(all).toMatch(form);
  });

  const hostile = [
    '=1+1',
    '=HYPERLINK("https://x.invalid";"a")',
    "=cmd|'/C calc'!A0",
    '+1+1',
    '-1+1',
    '-2',
    '@SUM(1)',
    '\t=1+1',
    '\r=1+1',
    '\n=1+1',
    ' =1+1',
    '\u00a0=1+1',
    '\u200b=1+1',
    '＝1+1',
    '＋1+1',
    '－1+1',
    '＠SUM(1)',
    'a;=1+1;b',
    'a,=1+1,b',
    'a"\n=1+1',
    '"=1+1"',
    "'=1+1",
    'DOĞRU',
    '1E5',
    '3-4',
    '1/2',
    '12:30',
    '%5',
    '1.5',
    '1,5',
    '00012',
    'Ocak 5',
  ];

  test.each(openings)(
    'opened %s: no text becomes a formula, a number or a date',
    async (_how, opening) => {
      const door = Object.assign(Object.create(broker.app.door) as Door, {
        export: async () => ({
          provenance: {} as never,
          fields: ['title', 'fullName'],
          at: new Date(),
          batches: [hostile.map((text) => ({ title: text, fullName: text }))],
        }),
      });
      const { server, api: hostileApi } = await serverWith(broker, api, { door });
      const file = async (separator: string) =>
        (await hostileApi.ask(`/v1/datasets/iskur.agents/export?format=csv&separator=${separator}`, { as: 'cgm' })).text;
      const files = { semicolon: await file('semicolon'), comma: await file('comma') };
      await server.close();
      const bySemicolon = openedInOffice(files, { ...opening, separators: '59' });
      const byComma = openedInOffice(files, { ...opening, separators: '44' });
      for (const [separator, right, wrong] of [
        ['semicolon', bySemicolon, byComma],
        ['comma', byComma, bySemicolon],
      ] as const) {
        const rows = right[separator];
        const withoutMarks = (text: string) => text.replace(/['\t]/g, '').replace(/\r/g, '\n');
        for (const column of [0, 1]) {
          const cells = (rows as Cell[][]).slice(1).map((row) => row[column] as Cell);
          expect(cells.map(({ type, formula }) => [type, formula])).toEqual(hostile.map(() => ['string', false]));
          expect(cells.map(({ text }) => withoutMarks(text))).toEqual(hostile.map(withoutMarks));
        }
        // Opened with the other separator it is a mess, and still no formula.
        expect((wrong[separator] as Cell[][]).flat().filter(({ formula }) => formula)).toEqual([]);
      }
    },
    120_000,
  );
});

const chosen = (files: Record<string, string>, separator: string) =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name.endsWith(separator)));

const byFirst = (a: string[], b: string[]) => ((a[0] as string) < (b[0] as string) ? -1 : 1);

/** A value of the source as its cell must be: its kind and its text. */
function shown(value: unknown, type: string): string {
  if (value === null || value === undefined) return 'empty';
  if (typeof value === 'boolean') return `string ${value ? 'Evet' : 'Hayır'}`;
  if (typeof value === 'number') return `float ${value}`;
  if (typeof value === 'object') {
    const { e164, raw } = value as { e164: string | null; raw: string };
    // The apostrophe is to be seen.
    return `string ${e164 ?? raw.replace(/^-/, "'-")}`;
  }
  const isDate = (type === 'date' || type === 'partialDate') && String(value).length === 10;
  return `${isDate ? 'date' : 'string'} ${value}`;
}

/** The cell, without the tab that marks a text; nobody sees it. */
function seen(cell: Cell | undefined): string {
  if (cell?.type === undefined) return 'empty';
  return `${cell.formula ? 'formula' : cell.type} ${cell.type === 'string' ? cell.text.replace(/^\t/, '') : cell.value}`;
}
