import type { Agreement } from '../../agreements/language';
import { KopruError } from '../../core/errors';
import type { EntryData } from '../registers/entries';
import { clocksOf } from './clocks';
import { eventOf, type Incident, saidOf } from './kinds';
import { tellsOwner } from './order';

/** To the owner of a breach; to the authority; to the owner before a compelled disclosure; to the owner of its scope. */
export const noticeNames = ['owner', 'authority', 'prior', 'scope'] as const;
export type NoticeName = (typeof noticeNames)[number];

const titles: Readonly<Record<NoticeName, string>> = {
  owner: 'Veri ihlali bildirimi',
  authority: 'Kişisel veri ihlali bildirimi',
  prior: 'Zorunlu açıklama öncesi bildirim',
  scope: 'Zorunlu açıklamanın kapsamına ilişkin bildirim',
};

const times = new Intl.DateTimeFormat('tr-TR', { timeZone: 'Europe/Istanbul', dateStyle: 'short', timeStyle: 'short' });
const unknown = 'henüz bilinmiyor';
const toFill = '(doldurulacak)';

/**
 * The Turkish text of a notice, as Markdown, from what is recorded of an incident: to whom, on which ground, what, since when it is
 * known, which kinds of data, how many people, which measures, whom to ask. Pure; times of Europe/Istanbul; nothing personal.
 * @throws KopruError `request-invalid` where the incident has no such notice, `state-conflict` where it is too early for it
 */
export function noticeText(agreement: Agreement, incident: Incident, which: NoticeName, now: Date): string {
  refuseNotice(incident, which);
  const { name } = agreement.incidents.authority;
  const said = saidOf(incident);
  const scope = which === 'scope' ? eventOf(incident, 'disclosed') : undefined;
  const to = which === 'authority' ? name : nameOf(agreement, incident.owner);
  const compelled = incident.kind === 'compelled';
  const parts: [heading: string, text: string][] = [
    ['Olay', eventOf(incident, 'opened')?.text ?? toFill],
    ...(compelled
      ? ([
          ['Açıklamayı isteyen', said.receiver ?? toFill],
          ['İsteğin dayanağı', said.ground ?? toFill],
        ] as [string, string][])
      : []),
    [dataHeading(which), dataText(agreement, scope?.detail.data ?? incident.data)],
    ['İlgili kişi sayısı', numberText(scope ? scope.detail.people : said.people)],
    ...(scope ? ([['Açıklama zamanı', times.format(scope.happenedAt)]] as [string, string][]) : []),
    [compelled ? 'Açıklamanın sınırlanması' : 'Alınan ve alınacak önlemler', said.measures ?? (compelled ? onlyNeeded : toFill)],
    ['İrtibat', said.contact ?? toFill],
    ...(said.slice ? ([['Denetim kaydı', sliceText(said.slice)]] as [string, string][]) : []),
  ];
  const head = [
    `- Kime: ${to}`,
    `- Kimden: ${nameOf(agreement, incident.party)}`,
    `- Olay no: ${incident.id}`,
    `- Dayanak: ${groundOf(agreement, incident, which)}`,
    `- Farkına varılma: ${times.format(incident.awareAt)}${dueText(agreement, incident, which, now)}`,
    `- Düzenlenme: ${times.format(now)}`,
  ];
  return [`# ${titles[which]}`, head.join('\n'), ...parts.flatMap(([heading, text]) => [`## ${heading}`, text]), closing]
    .join('\n\n')
    .concat('\n');
}

const onlyNeeded = 'Yalnızca hukuken gerektiği kadarı açıklanır.';
const closing = 'Bu bildirimde kişisel veri yoktur. Saatler Türkiye saatidir.';

function refuseNotice(incident: Incident, which: NoticeName): void {
  const of: NoticeName[] = incident.kind === 'breach' ? ['owner', 'authority'] : incident.kind === 'compelled' ? ['prior', 'scope'] : [];
  if (!of.includes(which) || (which === 'owner' && !tellsOwner(incident)))
    throw new KopruError('request-invalid', `Of the incident ${incident.id} there is no such notice.`, {
      hint: of.length === 0 ? 'What turned out to be a breach is opened as one.' : `Notices of ${incident.kind}: ${of.join(', ')}.`,
    });
  if (which === 'scope' && !eventOf(incident, 'disclosed'))
    throw new KopruError('state-conflict', `By the incident ${incident.id} nothing was disclosed yet.`, {
      hint: 'Record what was disclosed first.',
    });
}

function groundOf({ incidents }: Agreement, { owner, kind }: Incident, which: NoticeName): string {
  const { undertaking, authority } = incidents;
  if (which === 'authority') return authority.ground;
  if (undertaking && undertaking.protects === owner)
    return `Kurumsal Gizlilik Taahhütnamesi, ${undertaking[kind === 'breach' ? 'breach' : 'compelled'].article}`;
  return 'karşılıklı uygulama; protokolde bu yönde bir hüküm yoktur';
}

function dueText(agreement: Agreement, incident: Incident, which: NoticeName, now: Date): string {
  if (which !== 'authority') return '';
  const clock = clocksOf(agreement, incident, now).find((one) => one.clock === 'authority-notice');
  return clock ? ` (son bildirim zamanı: ${times.format(clock.dueAt)})` : '';
}

const dataHeading = (which: NoticeName) =>
  which === 'scope' ? 'Açıklanan veri türleri' : which === 'prior' ? 'İstenen veri türleri' : 'Etkilenen veri türleri';

function dataText({ datasets }: Agreement, data: EntryData): string {
  const lines = Object.entries(data).map(([id, fields]) => {
    const labels = fields.map((name) => datasets[id]?.fields[name]?.label ?? name);
    return `- ${datasets[id]?.label ?? id}: ${labels.join(', ') || unknown}`;
  });
  return lines.join('\n') || unknown;
}

const numberText = (people: number | undefined) => (people === undefined ? unknown : String(people));
const sliceText = ({ from, to, hash }: { from: number; to: number; hash: string }) =>
  `${from}–${to} numaralı girişler; son girişin özeti (SHA-256): ${hash}`;
const nameOf = ({ parties }: Agreement, party: string | null) => (party === null ? '' : (parties[party]?.name ?? party));
