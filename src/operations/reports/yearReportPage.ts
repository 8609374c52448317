import type { ReportedCounts, YearReport } from './yearReport';
import { type CountedField, type CountedValue, valueText } from './yearReportCounts';

/** More columns than a printed page takes are told as rows. */
const mostColumns = 12;
const words = { none: 'Bildirilmedi', yes: 'Evet', no: 'Hayır' };

/**
 * A year's report as one HTML page in Turkish: no scripts, nothing loaded from anywhere, every text of a source escaped.
 * Times are those of Europe/Istanbul.
 */
export function yearReportPage(report: YearReport): string {
  const title = `${report.label} – ${report.year} yılı raporu`;
  return `<!doctype html>
<html lang="tr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<p class="class">${escaped(report.classification.label)}</p>
<h1>${escaped(title)}</h1>
<p>${escaped(report.agreement.title)}</p>
</header>
<main>
${useText(report)}
${about(report)}
${changes(report)}
${report.counts.map((counts) => countsTable(counts, report)).join('\n')}
${findings(report)}
</main>
</body>
</html>
`;
}

const style = `
body{font:11pt/1.4 "Liberation Sans",Arial,sans-serif;color:#111;background:#fff;max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem;margin:1.6rem 0 .4rem}.class{font-weight:bold;letter-spacing:.05em;margin:0}
table{border-collapse:collapse;margin:.4rem 0 1rem}caption{text-align:left;font-weight:bold;padding:.3rem 0}
th,td{border:1px solid #767676;padding:.2rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
thead th{background:#eee}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.wide{overflow-x:auto}.use{border:2px solid #111;padding:.5rem .8rem}
@media print{body{margin:0;max-width:none;font-size:9pt}.wide{overflow:visible}thead{display:table-header-group}tr{break-inside:avoid}h2,caption{break-after:avoid}}
@page{margin:15mm}`;

const marks: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
// Marks that turn the direction of writing could make a text read as another one.
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function escaped(text: string): string {
  return text.replace(turning, '\ufffd').replace(/[&<>"']/g, (mark) => marks[mark] as string);
}

const numbers = new Intl.NumberFormat('tr-TR');
const times = new Intl.DateTimeFormat('tr-TR', { timeZone: 'Europe/Istanbul', dateStyle: 'long', timeStyle: 'short' });

function useText({ use }: YearReport): string {
  const consents = use.consents.map((c) => `${c.owner.name}: ${c.article}`).join('; ');
  return `<p class="use"><strong>Tarafların kendi kullanımı içindir; yayımlanamaz.</strong>
Yayımlanması veri sahibinin onayına bağlıdır (${escaped(consents)}). Uyarı: ${escaped(use.notice.text)} (${escaped(use.notice.article)}).</p>`;
}

function about(report: YearReport): string {
  const { snapshot, earlier } = report;
  const rows: [string, string][] = [
    ['Veri kümesi', report.dataset],
    ['Veri sahibi', report.owner.name],
    ['Yıl', String(report.year)],
    ['Sürüm', `v${snapshot.version}`],
    ['Kaynağın zamanı', times.format(new Date(snapshot.sourceTime))],
    ['Yayımlandığı zaman', times.format(new Date(snapshot.publishedAt))],
    ['Kayıt sayısı', numbers.format(snapshot.records)],
    ['Özet (SHA-256)', snapshot.digest],
    ['Karşılaştırılan', earlier ? `${earlier.year} yılı, v${earlier.version}, ${numbers.format(earlier.records)} kayıt` : 'yok'],
    ['Protokol', report.agreement.id],
    ['Raporun yazıldığı zaman', times.format(new Date(report.writtenAt))],
  ];
  const body = rows.map(([name, value]) => `<tr><th scope="row">${name}</th><td>${escaped(value)}</td></tr>`).join('\n');
  return `<section>\n<h2>Rapor hakkında</h2>\n<table>\n<caption>Referans kayıt</caption>\n<tbody>\n${body}\n</tbody>\n</table>\n</section>`;
}

function changes({ changes: found, earlier }: YearReport): string {
  const head = '<section>\n<h2>Değişiklikler</h2>';
  if (!found || !earlier) return `${head}\n<p>Karşılaştırılacak önceki bir yıl yok.</p>\n</section>`;
  const kinds: [string, number][] = [
    ['Eklenen', found.added],
    ['Değişen', found.changed],
    ['Çıkan', found.removed],
  ];
  const rows = kinds.map(([name, n]) => `<tr><th scope="row">${name}</th>${number(n)}</tr>`).join('\n');
  return `${head}\n<table>\n<caption>${earlier.year} referansına göre değişen kayıtlar</caption>
<thead><tr><th scope="col">Değişiklik</th><th scope="col">Kayıt</th></tr></thead>\n<tbody>\n${rows}\n</tbody>\n</table>\n</section>`;
}

const severities: Record<string, string> = { high: 'Yüksek', medium: 'Orta', low: 'Düşük' };

function findings({ findings: found }: YearReport): string {
  const head = '<section>\n<h2>Bulgular</h2>';
  if (!found) return `${head}\n<p>Bu sürüm diğer kayıtlarla karşılaştırılmadı.</p>\n</section>`;
  const rows = found.rules.map(
    ({ label, severity, open }) =>
      `<tr><th scope="row">${escaped(label)}</th><td>${escaped(severities[severity] ?? severity)}</td>${number(open)}</tr>`,
  );
  const compared = Object.entries(found.snapshots).map(([dataset, version]) => `${dataset} v${version}`);
  return `${head}\n<p>${escaped(times.format(new Date(found.comparedAt)))} karşılaştırması: ${escaped(compared.join(', '))}. Bulgular düzeltme değildir; hiçbiri bir ihlal tespiti sayılmaz.</p>
<table>\n<caption>Türüne göre açık bulgular</caption>
<thead><tr><th scope="col">Bulgu</th><th scope="col">Önem</th><th scope="col">Sayı</th></tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>\n</section>`;
}

function countsTable(counts: ReportedCounts, report: YearReport): string {
  const labels = counts.fields.map((field) => escaped(field.label));
  const [, second] = counts.fields;
  const columns = second?.values ?? [];
  // With a rest, an empty cell would not mean none.
  const table = second && columns.length <= mostColumns && !counts.rest ? crossTable(counts, report, columns) : listTable(counts, report);
  return `<section>\n<h2>${labels.join(' × ')}</h2>\n<div class="wide" role="region" tabindex="0" aria-label="${labels.join(' ve ')}">\n<table>\n<caption>Kayıt sayıları: ${labels.join(' ve ')}</caption>\n${table}\n</table>\n</div>\n</section>`;
}

/** A row per group: its values, its count, and the earlier year's. */
function listTable({ fields, groups, rest }: ReportedCounts, { year, earlier }: YearReport): string {
  const heads = [...fields.map((f) => f.label), String(year), ...(earlier ? [String(earlier.year)] : [])];
  const cells = (group: { count: number; earlier: number | null }) => number(group.count) + (earlier ? number(group.earlier ?? 0) : '');
  const rows = groups.map((group) => {
    const names = group.values.map((value, i) => `<th scope="row">${text(fields[i], value)}</th>`);
    return `<tr>${names.join('')}${cells(group)}</tr>`;
  });
  // What is not told one by one.
  const name = rest && `<th scope="row" colspan="${fields.length}">Diğer ${numbers.format(rest.groups)} değer</th>`;
  if (rest) rows.push(`<tr>${name}${cells(rest)}</tr>`);
  return `<thead><tr>${heads.map((head) => `<th scope="col">${escaped(head)}</th>`).join('')}</tr></thead>
<tbody>\n${rows.join('\n')}\n</tbody>`;
}

/** A row per value of the first field, a column per value of the second; two where there is an earlier year. */
function crossTable(counts: ReportedCounts, { year, earlier }: YearReport, columns: CountedValue[]): string {
  const [first, second] = counts.fields;
  const cells = new Map(counts.groups.map((group) => [JSON.stringify(group.values), group]));
  const years = earlier ? [year, earlier.year] : [year];
  const top = columns.map((value) => `<th scope="colgroup" colspan="${years.length}">${text(second, value)}</th>`).join('');
  const under = columns.flatMap(() => years.map((each) => `<th scope="col">${each}</th>`)).join('');
  const rows = (first?.values ?? []).map((value) => {
    const row = columns.map((column) => {
      const cell = cells.get(JSON.stringify([value, column]));
      return number(cell?.count ?? 0) + (earlier ? number(cell?.earlier ?? 0) : '');
    });
    return `<tr><th scope="row">${text(first, value)}</th>${row.join('')}</tr>`;
  });
  return `<colgroup></colgroup>${columns.map(() => `<colgroup span="${years.length}"></colgroup>`).join('')}
<thead><tr><th scope="col" rowspan="2">${escaped(first?.label ?? '')}</th>${top}</tr><tr>${under}</tr></thead>
<tbody>\n${rows.join('\n')}\n</tbody>`;
}

function text(field: CountedField | undefined, value: CountedValue): string {
  return escaped(valueText(field ?? { type: 'text' }, value, words));
}

function number(n: number): string {
  return `<td class="n">${numbers.format(n)}</td>`;
}
