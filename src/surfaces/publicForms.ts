import type { PublicHead, PublicTable } from '../publication/public/shelf';
import { plainCsv, textCell } from './csv';

/** The forms in which a publication is read. */
export const publicForms = ['json', 'csv', 'sdmx-csv'] as const;
export type PublicForm = (typeof publicForms)[number];

export const mediaTypes: Record<PublicForm, string> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  'sdmx-csv': 'application/vnd.sdmx.data+csv; version=2.0.0; charset=utf-8',
};

const total = '*';
const hiddenNote = 'Gizlenen sayılar (null), kişilerin korunması içindir.';

export function listText(publications: readonly PublicHead[]): string {
  return JSON.stringify({ publications });
}

export function publicText(publication: PublicTable, form: PublicForm): string {
  if (form === 'json') return JSON.stringify({ ...publication, note: hiddenNote });
  return form === 'csv' ? spreadsheet(publication) : sdmx(publication);
}

/** By which articles the owners agreed, when, and who they are where that may be told; in one line. */
const approvalsOf = ({ approvals }: PublicTable): string =>
  approvals.map(({ owner, article, on }) => `${owner === null ? '' : `${owner} `}${article} (${on})`).join(' / ');

/** For people with a spreadsheet: labels, a column that says what is hidden, and on each row the day and the owners’ approvals. */
function spreadsheet(publication: PublicTable): string {
  const { dimensions, cells, unit, date } = publication;
  const approved = approvalsOf(publication);
  const labels = dimensions.map(({ categories }) => new Map(categories.map(({ code, label }) => [code, label])));
  const heading = [...dimensions.map(({ label }) => label), `Sayı (${unit})`, 'Gizlilik', 'Tarih', 'Onay'];
  const rows = cells.map(({ at, count }) => [
    ...at.map((code, i) => textCell(code === total ? 'Toplam' : (labels[i]?.get(code) ?? code))),
    count,
    count === null ? 'gizli' : '',
    ...[date, approved],
  ]);
  return `\ufeff${plainCsv([heading, ...rows], ';')}`;
}

/**
 * SDMX-CSV 2.0 (sdmx-twg/sdmx-csv, data message field guide). Of a hidden count the reason is not told: OBS_STATUS Q, suppressed, and
 * CONF_STATUS N, not for publication. COMMENT_OBS cites the owners' approvals.
 */
function sdmx(publication: PublicTable): string {
  const { publisher, statistic, dimensions, cells, date } = publication;
  const approved = approvalsOf(publication);
  const codes = dimensions.map(({ categories }) => sdmxCodes(categories.map(({ code }) => code)));
  const structure = `${word(publisher).slice(0, 30)}:${word(statistic)}(1.0.0)`;
  const heading = [
    'STRUCTURE',
    'STRUCTURE_ID',
    'ACTION',
    ...dimensions.map(({ id }) => snake(id)),
    'TIME_PERIOD',
    'OBS_VALUE',
    'OBS_STATUS',
    'CONF_STATUS',
    'COMMENT_OBS',
  ];
  const rows = cells.map(({ at, count }) => [
    ...['dataflow', structure, 'I'],
    ...at.map((code, i) => (code === total ? '_T' : (codes[i]?.get(code) ?? code))),
    ...[date, count, count === null ? 'Q' : 'A', count === null ? 'N' : 'F', approved],
  ]);
  return plainCsv([heading, ...rows], ',');
}

const latin: Record<string, string> = {
  ç: 'c',
  ğ: 'g',
  ı: 'i',
  ö: 'o',
  ş: 's',
  ü: 'u',
  Ç: 'C',
  Ğ: 'G',
  İ: 'I',
  Ö: 'O',
  Ş: 'S',
  Ü: 'U',
  â: 'a',
  Â: 'A',
};
const ascii = (text: string) => text.replace(/[^\0-\x7f]/g, (letter) => latin[letter] ?? '_');

/** Codes of the letters that SDMX allows, each for one category. */
function sdmxCodes(codes: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    codes.map((code) => {
      const plain = ascii(code.replace(/^(\d+)\+$/, 'GE$1')).replace(/[^A-Za-z0-9_@$-]/g, '_');
      let one = plain;
      for (let n = 2; taken.has(one); n += 1) one = `${plain}_${n}`;
      taken.add(one);
      return [code, one];
    }),
  );
}

const word = (text: string) =>
  ascii(text)
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .toUpperCase();
const snake = (id: string) => word(id.replace(/[A-Z]/g, (letter) => `_${letter}`));
