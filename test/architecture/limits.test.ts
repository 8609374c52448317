import { completeTckn, idKind, isDummyId } from '../../src/core/nationalId';
import { withPlanted } from './support/planted';
import { projectRoot, read, walk } from './support/walk';

/** The examples that are documented as made up, and may stand in the project's files. */
const documented = new Set(['17291716060', '10000000146', '19090909018']);
const mostLines = 300;

/** Files of src and jobs that are too long, data apart: a signed protocol is one file. */
const long = (root: string) =>
  ['src', 'jobs']
    .flatMap((folder) => walk(root, folder))
    .filter((file) => !/\.(schema\.json|yaml)$/.test(file))
    .flatMap((file) => {
      const lines = read(root, file).replace(/\n$/, '').split('\n').length;
      return lines > mostLines ? [`${file}: ${lines} lines`] : [];
    });

/** Where numbers stand that could be a living person's id: the place only, never the number. */
const ids = (root: string) =>
  walk(root).flatMap((file) =>
    read(root, file)
      .split('\n')
      .flatMap((line, i) => {
        // Grouped as people write it, too.
        const numbers = line.match(/(?<!\d)[1-9]\d{2}(?: ?\d{3}){2} ?\d{2}(?!\d)/g) ?? [];
        return numbers.some((number) => isLiving(number.replace(/ /g, ''))) ? [`${file}:${i + 1}`] : [];
      }),
  );

const isLiving = (number: string) => idKind(number) !== undefined && !isDummyId(number) && !documented.has(number);

describe('the size of files', () => {
  test(`no file of src or jobs has more than ${mostLines} lines`, () => expect(long(projectRoot)).toEqual([]));

  test('a longer one is seen', () => {
    const lines = (n: number) => '// x\n'.repeat(n);
    withPlanted(
      {
        'src/core/p1.ts': lines(301),
        'src/core/p2.ts': lines(300),
        'jobs/p3.ts': `${lines(300)}//`,
        'src/core/p4.mjs': lines(400),
        'src/core/p5.yaml': lines(400),
      },
      (root) => {
        expect(long(root)).toEqual(['src/core/p1.ts: 301 lines', 'src/core/p4.mjs: 400 lines', 'jobs/p3.ts: 301 lines']);
      },
      true,
    );
  });
});

describe('national ids', () => {
  test('none but the documented examples stands in any file', () => {
    expect(walk(projectRoot).length).toBeGreaterThan(250);
    for (const id of documented) expect(idKind(id)).toBe('tckn');
    expect(ids(projectRoot)).toEqual([]);
  });

  test('one is seen wherever it stands, in whatever writing', () => {
    const id = completeTckn('271828182');
    const spaced = `${id.slice(0, 3)} ${id.slice(3, 6)} ${id.slice(6, 9)} ${id.slice(9)}`;
    const files = {
      'docs/p1.md': `like this: ${id}.\n`,
      'test/p2.test.ts': `\nconst a = '${id}';\n`,
      '.ci/p3': `x${id}y\n`,
      'p4.json': `{"a":${id}}`,
      'p5.txt': `${spaced}\n`,
      // Not ids: another number's middle, wrong check digits, the documented ones, those that stand for nobody.
      'p6.txt': `1${id} ${id}1 ${id.slice(0, 10)}${(Number(id[10]) + 1) % 10}\n`,
      'p7.txt': [...documented, completeTckn('222222222')].join(' '),
      'node_modules/p8.txt': id,
      'data/p9.txt': id,
    };
    withPlanted(
      files,
      (root) => expect(ids(root)).toEqual(['.ci/p3:1', 'docs/p1.md:1', 'p4.json:1', 'p5.txt:1', 'test/p2.test.ts:2']),
      true,
    );
  });
});
