import { inputsOf } from '../../agreements/derived';
import type { Agreement } from '../../agreements/language';
import type { AuditEntry } from '../../audit/entry';
import type { EntryData } from '../registers/entries';

/**
 * One access to a person's data as the person is told of it. The first three members are those of Estonia's Data Tracker
 * (`findUsage`); texts are Turkish. Who it was stays masked, and nothing of anybody else is in it.
 */
export interface Usage {
  logtime: Date;
  /** What was done, as a sentence. */
  action: string;
  /** The institution that the data went to; null where it went to the person. */
  receiver: string | null;
  receiverName: string;
  unit: string | null;
  purpose: string | null;
  dataset: string | null;
  /** Which kinds of data were shown. */
  fields: string[];
  /** Whose data it is. */
  source: string | null;
  /** "Görevli 1": the same for the same person within one answer. */
  officer: string | null;
}

/** The same with the number of whoever it was, before it is masked. */
export type Told = Omit<Usage, 'officer'> & { person: number | null };

/** What the log keeps of an access, beside whom it concerns. */
export type LoggedAccess = Omit<AuditEntry, 'subjects' | 'at'> & { at: Date };

const sentences: Readonly<Record<string, string>> = {
  records: 'Kayıt listesi görüntülendi',
  record: 'Kayıt sorgulandı',
  changes: 'Kayıtlardaki değişiklikler görüntülendi',
  export: 'Kayıtlar dosya olarak alındı',
  findings: 'Kayıtlar arasındaki uyuşmazlıklar görüntülendi',
  lookup: 'Kaynak kurumdan anlık sorgulama istendi',
  'lookup-answer': 'Kaynak kurumdan anlık sorgulandı',
};
const notThere = 'kayıt bulunamadı';
const notAnswered = 'yanıt alınamadı, veri gösterilmedi';
/** What a finding shows is no field of a dataset. */
const findingKinds = ['Kimlik numarası', 'Kayıtlar arasındaki uyuşmazlık'];

/** Tells of a log that is read newest first and concerns one person. Undefined: nothing of the person was shown or asked for. */
export function teller(agreement: Agreement): (entry: LoggedAccess) => Told | undefined {
  // A look-up has two entries, and one whose answer turned out to be of another province a third: what comes later says more.
  const [answered, withheld] = [new Set<string>(), new Set<string>()];
  return (entry) => {
    const { action, decision, code, requestId, person } = entry;
    if (entry.kind !== 'access' || !Object.hasOwn(sentences, action)) return undefined;
    if (decision !== 'allow') {
      if (action === 'lookup-answer' && code === 'source-not-found') withheld.add(requestId);
      return undefined;
    }
    const asker = `${person} ${entry.dataset}`;
    if (action === 'lookup-answer') answered.add(asker);
    if (action === 'lookup' && answered.delete(asker)) return undefined;
    const empty = withheld.delete(requestId) || (entry.records ?? 0) === 0;
    return told(agreement, entry, action === 'lookup' ? undefined : empty ? missing(code) : '');
  };
}

const missing = (code: string | undefined) => (code === undefined || code === 'source-not-found' ? notThere : notAnswered);

/** `lacks` is why nothing was shown, or empty where something was. */
function told(agreement: Agreement, entry: LoggedAccess, lacks: string | undefined): Told {
  const { at, action, party, unit, purpose, dataset, fields, person } = entry;
  const shown = lacks === '';
  const definition = dataset && Object.hasOwn(agreement.datasets, dataset) ? agreement.datasets[dataset] : undefined;
  const labels = (fields ?? []).map((name) => definition?.fields[name]?.label).filter((label) => label !== undefined);
  return {
    logtime: at,
    action: lacks ? `${sentences[action]}; ${lacks}` : (sentences[action] as string),
    receiver: party,
    receiverName: nameOf(agreement, party),
    unit: unit ?? null,
    purpose: (purpose !== undefined && agreement.purposes[purpose]?.label) || null,
    dataset: definition?.label ?? null,
    fields: !shown ? [] : action === 'findings' ? findingKinds : labels,
    source: dataset ? sourceOf(agreement, [dataset]) : null,
    person: person ?? null,
  };
}

/** That a party gave somebody's data to that person (V.Ç.4). */
export function givenTold(agreement: Agreement, given: { at: Date; officer: number; data: EntryData }): Told {
  const datasets = Object.keys(given.data).filter((id) => Object.hasOwn(agreement.datasets, id));
  return {
    logtime: given.at,
    action: 'Veriler ilgili kişinin kendisine verildi',
    receiver: null,
    receiverName: 'İlgili kişi',
    unit: null,
    purpose: null,
    dataset: datasets.map((id) => agreement.datasets[id]?.label).join(', '),
    fields: datasets.flatMap((id) => (given.data[id] ?? []).flatMap((name) => agreement.datasets[id]?.fields[name]?.label ?? [])),
    source: sourceOf(agreement, datasets),
    person: given.officer,
  };
}

function sourceOf(agreement: Agreement, datasets: readonly string[]): string | null {
  const owners = datasets.flatMap((id) => inputsOf(agreement, id)).flatMap((id) => agreement.datasets[id]?.owner ?? []);
  return [...new Set(owners)].map((party) => nameOf(agreement, party)).join(', ') || null;
}

const nameOf = (agreement: Agreement, party: string | null) => (party === null ? '' : (agreement.parties[party]?.name ?? party));
