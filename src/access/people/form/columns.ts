import { nameNormalForm } from '../../../core/text';

/** The columns of the Ek-3 form, as it heads them. */
export const columns = {
  name: 'Ad Soyad',
  nationalId: 'T.C. Kimlik No',
  unit: 'Birim',
  province: 'İl',
  title: 'Unvan',
  email: 'E-posta',
  roles: 'Roller',
  addresses: 'IP',
  validFrom: 'Başlangıç Tarihi',
  validUntil: 'Bitiş Tarihi',
  trainedOn: 'Eğitim Tarihi',
  undertaking: 'Taahhütname Sürümü',
  acceptedOn: 'Taahhütname Tarihi',
} as const;

export type Column = keyof typeof columns;
export const columnNames = Object.keys(columns) as Column[];

/** What may be recorded later, too, so a list may lack it. Of any other column the absence would widen somebody's rights in silence. */
const optional: readonly Column[] = ['trainedOn', 'undertaking', 'acceptedOn'];
export const requiredColumns = columnNames.filter((name) => !optional.includes(name));

/** The form in which headings, roles and provinces compare: letters alone, in Turkish upper case, and i as ı: `IP` may be written `ip`. */
export function folded(text: string): string {
  return nameNormalForm(text)
    .normalize('NFD')
    .replace(/\u0302|\u0307/g, '')
    .normalize('NFC')
    .replaceAll(' ', '');
}

const byHeading = new Map(columnNames.map((name) => [folded(columns[name]), name]));

/** Which column a heading names. */
export const columnOfHeading = (heading: string): Column | undefined => byHeading.get(folded(heading));
