import { type grantOf, reportGroupings } from '../../src/agreements/fields';
import type { Dataset } from '../../src/agreements/language';
import { articles, cited, exists } from './articles';
import { agreement2024 as agreement } from './support/files';

/** Every `article` of the file, with its place. */
function citations(part: unknown, place = ''): [string, string][] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]): [string, string][] =>
    name === 'article' ? [[place, value as string]] : citations(value, `${place}.${name}`),
  );
}

describe('the protocol of 2024', () => {
  test('two parties; the one that no text names is the host by policy', () => {
    expect(Object.keys(agreement.parties)).toEqual(['cgm', 'iskur']);
    expect(agreement.host).toEqual({ party: 'cgm', article: 'policy' });
  });

  test('the term of VII: a year, a month’s notice, renewed; all three annexes belong to it', () => {
    expect(agreement.term).toMatchObject({ years: 1, noticeMonths: 1, renews: true });
    expect(agreement.annexes.map((a) => a.id)).toEqual(['Ek-1', 'Ek-2', 'Ek-3']);
  });

  test('Ek-1: exactly its six fields, and the id of VI.A.1', () => {
    const { fields, opens } = agreement.grants['cgm-agents'] as NonNullable<ReturnType<typeof grantOf>>;
    const labels = fields.map((f) => agreement.datasets['iskur.agents']?.fields[f]?.label);
    expect(labels).toEqual([
      'T.C. Kimlik No',
      'Ad Soyad',
      'Unvan',
      'Mevcut İzin Başlangıç Tarihi',
      'Telefon Numarası',
      'Mevcut İzin Döneminde Bildirilen İşçi Sayısı',
      'Durum',
    ]);
    expect(opens).toBe('agreement');
    // What is granted is all there is: a further field of the source has no place to go.
    expect([...fields].sort()).toEqual(Object.keys(agreement.datasets['iskur.agents']?.fields ?? {}).sort());
  });

  test('the reverse direction is written down, and opened by an ek protokol only', () => {
    const reverse = Object.values(agreement.grants).filter((g) => g.party === 'iskur');
    expect(reverse.map((g) => [g.dataset, g.opens])).toEqual([
      ['emetip.workers', 'supplement'],
      ['cts.children', 'supplement'],
    ]);
    expect(Object.values(agreement.grants).filter((g) => g.opens === 'agreement')).toHaveLength(1);
  });

  test('a tax number may be in the list; a foreigner cannot be an intermediary', () => {
    expect(agreement.datasets['iskur.agents']?.fields.nationalId).toMatchObject({ type: 'nationalId', kinds: ['tckn', 'vkn'] });
  });

  test('who a person is never stays readable at rest', () => {
    const telling = Object.values(agreement.datasets).flatMap(({ fields }) =>
      Object.entries(fields).filter(
        ([name, f]) => ['nationalId', 'phone', 'partialDate'].includes(f.type) || /name|title|phone/i.test(name),
      ),
    );
    expect(telling.length).toBeGreaterThan(10);
    expect(telling.filter(([, f]) => f.sensitivity === 'open')).toEqual([]);
  });

  test('reports count what is listed, else each open province and code', () => {
    const { 'cts.children': children, 'emetip.workers': workers } = agreement.datasets as Record<string, Dataset>;
    expect(reportGroupings(children as Dataset).by).toEqual([['province'], ['schooling'], ['sector'], ['province', 'schooling']]);
    expect(reportGroupings({ ...(workers as Dataset), report: undefined })).toEqual({
      by: [['sex'], ['nationality'], ['memberRole'], ['homeProvince'], ['workProvince']],
      article: 'policy',
    });
  });

  test('every dataset’s statistics wait for its owner’s approval', () => {
    for (const [id, { owner, derived }] of Object.entries(agreement.datasets)) {
      // What is derived stands under the approvals of what it is made of.
      if (derived) continue;
      expect(agreement.consents.filter((c) => c.datasets.includes(id)).map((c) => [c.owner, c.publication])).toEqual([[owner, 'closed']]);
    }
    expect(agreement.consents.map((c) => [c.owner, c.article])).toEqual([
      ['cgm', 'V.Ç.9'],
      ['iskur', 'V.Ç.10'],
    ]);
  });

  test('every article that is cited exists; else it says policy', () => {
    const all = citations(agreement);
    expect(all.length).toBeGreaterThan(60);
    expect(all.filter(([, article]) => !exists(article))).toEqual([]);
    // What the text is silent on cites no article: the host, its schedules, retention and thresholds.
    const silent = all.filter(([place]) => /^\.(host|schedules|retention|thresholds)/.test(place)).map(([, article]) => article);
    expect(new Set(silent)).toEqual(new Set(['policy']));
  });

  test('the check of citations would see one that does not exist', () => {
    expect(cited('VI.A.1–2, Ek-1')).toEqual(['VI.A.1', 'VI.A.2', 'Ek-1']);
    for (const wrong of ['V.Ç.11', 'VI.B.1', 'VI.A.1–3', 'VII.5', 'VIII', 'Ek-4', 'V.C.2', 'Policy', 'VII.1-2', 'II, policy', '']) {
      expect([wrong, exists(wrong)]).toEqual([wrong, false]);
    }
    for (const right of ['V.Ç.1', 'V.Ç.10', 'VII (2) 2.2', 'VII.1–4', 'policy']) expect([right, exists(right)]).toEqual([right, true]);
    // The text says of itself that it has 13 main articles and three annexes.
    expect([...articles].filter((a) => /^(?:I|II|III|IV|V\..|VI\..|VII|VII \(2\) 2)$/u.test(a))).toHaveLength(13);
  });
});
