import { KopruError } from '../../core/errors';

const turkish = /^(\d{2})[./](\d{2})[./](\d{4})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?$/;
const iso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * The time at which a source says its data are, as an ISO instant. Without a zone it is Istanbul's;
 * also `dd.MM.yyyy HH:mm` and seconds or milliseconds since 1970.
 */
export function readInstant(value: unknown, service: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const instant = typeof value === 'number' ? new Date(value < 1e11 ? value * 1000 : value) : fromText(String(value).trim());
  if (instant && !Number.isNaN(instant.getTime())) return instant.toISOString();
  throw new KopruError('source-garbled', `${service} sent no readable time where response.time points.`, { severity: 'halt' });
}

function fromText(text: string): Date | undefined {
  const local = turkish.exec(text);
  if (local) return new Date(`${local[3]}-${local[2]}-${local[1]}T${local[4] ?? '00:00'}+03:00`);
  const match = iso.exec(text);
  if (!match) return undefined;
  const withTime = text.length > 10 ? text.replace(' ', 'T') : `${text}T00:00`;
  return new Date(match[1] ? withTime : `${withTime}+03:00`);
}
