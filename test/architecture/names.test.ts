import { agreement2024 } from '../agreements/support/files';
import { type Names, namesIn, plain } from './support/names';
import { withPlanted } from './support/planted';
import { projectRoot, read, walk } from './support/walk';

const { parties, datasets } = agreement2024;
const flat = (text: string) =>
  plain(text)
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

/** What the agreements call their parties and datasets, and how else people call them. */
const names: Names = {
  words: [
    ...new Set([
      ...Object.entries(parties).flatMap(([id, { short }]) => [id, plain(short)]),
      ...Object.keys(datasets).map((id) => id.split('.')[0] as string),
      ...['csgb', 'cgm', 'iskur', 'emetip', 'metip', 'cts', 'aspb', 'asdd', 'sydv', 'imd'],
    ]),
  ],
  phrases: [
    ...Object.values(parties).map(({ name }) => flat(name)),
    ...Object.entries(datasets).flatMap(([id, { label }]) => [flat(id), flat(label)]),
  ],
};

/** The generic rooms: all of the program but the agreements’ own files and the agencies’ stand-ins. */
const generic = (root: string) =>
  ['src', 'jobs', 'prisma']
    .flatMap((folder) => walk(root, folder))
    .filter((file) => !/^src\/agreements\/[^/]+\.yaml$/.test(file) && !file.startsWith('src/simulator/'));

/** What may stand all the same, with the reason. */
const exceptions = [
  { file: 'src/infra/settings/index.ts', text: 'src/agreements/cgm-iskur-2024.yaml', why: 'the file that AGREEMENT_FILE names by default' },
];

/** The files that name somebody, each with whom. */
const naming = (root: string) =>
  generic(root).flatMap((file) => {
    const text = exceptions.filter((e) => e.file === file).reduce((rest, e) => rest.replaceAll(e.text, ''), read(root, file));
    const found = namesIn(`${file}\n${text}`, names);
    return found.length > 0 ? [`${file}: ${found.join(', ')}`] : [];
  });

test('no dataset’s, agency’s or party’s name stands in the generic rooms', () => {
  expect(generic(projectRoot).length).toBeGreaterThan(100);
  expect(names.words).toEqual(expect.arrayContaining(['cgm', 'iskur', 'emetip', 'cts']));
  expect(names.phrases).toEqual(
    expect.arrayContaining(['calisma genel mudurlugu', 'turkiye is kurumu genel mudurlugu', 'tarim aracilari', 'iskur agents']),
  );
  expect(naming(projectRoot)).toEqual([]);
});

test('every exception is still needed', () => {
  for (const { file, text } of exceptions) expect(read(projectRoot, file)).toContain(text);
});

test('the agreement’s own file, read the same way, is full of them', () => {
  expect(namesIn(read(projectRoot, 'src/agreements/cgm-iskur-2024.yaml'), names)).toEqual(
    expect.arrayContaining(['cgm', 'iskur', 'emetip', 'cts', 'calisma genel mudurlugu']),
  );
});

describe('a name is seen', () => {
  test.each([
    ["const dataset = 'iskur.agents';", 'iskur'],
    ['const iskurAgents = 1;', 'iskur'],
    ['class ISKURClient {}', 'iskur'],
    ['const url = process.env.ISKUR_URL;', 'iskur'],
    ["if (party === 'İŞKUR') return;", 'iskur'],
    ['// asks İşkur first', 'iskur'],
    ["const short = 'ÇGM';", 'cgm'],
    ['const forCgm = 1;', 'cgm'],
    ['const cgm2 = 1;', 'cgm'],
    ['const party_cgm = 1;', 'cgm'],
    ["const x = 'e-METİP';", 'metip'],
    ['const eMetip = 1;', 'metip'],
    ['const EMETIPWorkers = 1;', 'emetip'],
    ["const x = 'ÇTS';", 'cts'],
    ['const ctsChildren = 1;', 'cts'],
    ["const x = 'Çalışma Genel\n  Müdürlüğü';", 'calisma genel mudurlugu'],
    ["const x = 'TÜRKİYE İŞ KURUMU GENEL MÜDÜRLÜĞÜ';", 'turkiye is kurumu genel mudurlugu'],
    ["const x = 'Mevsimlik tarım işçileri';", 'mevsimlik tarim iscileri'],
  ])('%s', (text, name) => expect(namesIn(text, names)).toContain(name));

  test.each([
    'const acts = facts.map(products);',
    'objects, contracts, directs',
    'const algorithm = 1;',
    'temp cgmx iskura emetipx',
    'limd',
  ])('but not inside other words: %s', (text) => expect(namesIn(text, names)).toEqual([]));

  test('where it is planted, by file and by path, and not where it belongs', () => {
    const files = {
      'src/disclosure/p1.ts': "export const special = (id: string) => id === 'cts.children';\n",
      'jobs/iskurNightly.ts': 'export const x = 1;\n',
      'src/sources/p2.json': '{"description": "as ÇGM has it"}\n',
      'prisma/p3.sql': 'create table cgm_workers ();\n',
      'src/agreements/p4.ts': "export const host = 'cgm';\n",
      'src/agreements/p5.yaml': 'host: cgm\n',
      'src/simulator/p6.ts': "export const x = 'iskur.agents';\n",
      'src/core/p7.ts': 'export const facts = 1;\n',
    };
    withPlanted(
      files,
      (root) => {
        expect(naming(root)).toEqual([
          'src/agreements/p4.ts: cgm',
          'src/disclosure/p1.ts: cts, cts children',
          'src/sources/p2.json: cgm',
          'jobs/iskurNightly.ts: iskur',
          'prisma/p3.sql: cgm',
        ]);
      },
      true,
    );
  });
});
