import { noticeText } from '../../../src/operations/incidents/notices';
import { agreement2024 } from '../../agreements/support/files';
import { event, hoursLater, incident } from './support';

const text = (which: Parameters<typeof noticeText>[2], of: ReturnType<typeof incident>) =>
  noticeText(agreement2024, of, which, hoursLater(1));
const said = { people: 120, measures: 'Erişim kapatıldı', contact: 'Bilgi Güvenliği Birimi' };
const slice = { from: 10, to: 20, hash: '5f'.repeat(32) };

describe('the text of a notice', () => {
  test('to the owner: to whom, on which ground, what, since when, which data, how many, measures, whom to ask', () => {
    expect(text('owner', incident('breach', [event('noted', 0, { detail: said, slice })]))).toBe(`# Veri ihlali bildirimi

- Kime: Türkiye İş Kurumu Genel Müdürlüğü
- Kimden: Çalışma Genel Müdürlüğü
- Olay no: 3
- Dayanak: Kurumsal Gizlilik Taahhütnamesi, Ek-2 3.3
- Farkına varılma: 22.11.2026 12:00
- Düzenlenme: 22.11.2026 13:00

## Olay

Bir dosya yanlış kuruma gönderildi

## Etkilenen veri türleri

- Tarım aracıları: Ad Soyad, Telefon Numarası

## İlgili kişi sayısı

120

## Alınan ve alınacak önlemler

Erişim kapatıldı

## İrtibat

Bilgi Güvenliği Birimi

## Denetim kaydı

10–20 numaralı girişler; son girişin özeti (SHA-256): ${'5f'.repeat(32)}

Bu bildirimde kişisel veri yoktur. Saatler Türkiye saatidir.
`);
  });

  test('to the authority: by law and not by the protocol, with the last time for it', () => {
    const notice = text('authority', incident('breach'));
    expect(notice).toContain('- Kime: Kişisel Verileri Koruma Kurumu\n');
    expect(notice).toContain('- Dayanak: 6698 sayılı Kanun m. 12/5; Kişisel Verileri Koruma Kurulu kararı 2019/10\n');
    expect(notice).toContain('- Farkına varılma: 22.11.2026 12:00 (son bildirim zamanı: 25.11.2026 12:00)\n');
    expect(notice).toContain('## İlgili kişi sayısı\n\nhenüz bilinmiyor\n');
    expect(notice).not.toContain('Ek-2');
  });

  test('before a compelled disclosure: who asks by which law, and what', () => {
    const opened = { receiver: 'Ankara 1. Asliye Hukuk Mahkemesi', ground: '2026/12 E. sayılı ara karar' };
    const notice = text('prior', incident('compelled', [event('noted', 0, { detail: opened })]));
    expect(notice).toContain('- Dayanak: Kurumsal Gizlilik Taahhütnamesi, Ek-2 4.1.3, Ek-2 4.2\n');
    expect(notice).toContain(
      '## Açıklamayı isteyen\n\nAnkara 1. Asliye Hukuk Mahkemesi\n\n## İsteğin dayanağı\n\n2026/12 E. sayılı ara karar\n',
    );
    expect(notice).toContain('## İstenen veri türleri\n\n- Tarım aracıları: Ad Soyad, Telefon Numarası\n');
    expect(notice).toContain('Yalnızca hukuken gerektiği kadarı açıklanır.');
  });

  test('of its scope: what was disclosed when and of how many, which may be less than was asked', () => {
    const disclosed = event('disclosed', 2, { detail: { data: { 'iskur.agents': ['fullName'] }, people: 1 } });
    const notice = text(
      'scope',
      incident('compelled', [event('prior-notice', 1), disclosed, event('noted', 3, { detail: { people: 9 } })]),
    );
    expect(notice).toContain('## Açıklanan veri türleri\n\n- Tarım aracıları: Ad Soyad\n');
    expect(notice).toContain('## İlgili kişi sayısı\n\n1\n\n## Açıklama zamanı\n\n22.11.2026 14:00\n');
  });

  test('for another owner’s data it cites no article', () => {
    const notice = text('owner', incident('breach', [], { party: 'iskur', owner: 'cgm', data: { 'emetip.workers': [] } }));
    expect(notice).toContain('- Kime: Çalışma Genel Müdürlüğü\n- Kimden: Türkiye İş Kurumu Genel Müdürlüğü\n');
    expect(notice).toContain('protokolde bu yönde bir hüküm yoktur');
    expect(notice).toContain('- Mevsimlik tarım işçileri: henüz bilinmiyor');
    expect(notice).not.toContain('Ek-2');
  });

  test.each([
    ['prior', incident('breach'), 'request-invalid'],
    ['owner', incident('compelled'), 'request-invalid'],
    ['owner', incident('breach', [], { party: 'iskur' }), 'request-invalid'],
    ['authority', incident('harvesting'), 'request-invalid'],
    ['scope', incident('compelled', [event('prior-notice', 1)]), 'state-conflict'],
  ] as const)('%s of another incident, or before its time, is refused', (which, of, code) => {
    expect(() => text(which, of)).toThrow(expect.objectContaining({ code }));
  });
});
