import type { Phone } from '../../core/text';
import { below, draw, pick } from './draw';

const mobile = [
  '530',
  '531',
  '532',
  '533',
  '535',
  '536',
  '537',
  '538',
  '539',
  '541',
  '542',
  '543',
  '544',
  '545',
  '546',
  '551',
  '552',
  '553',
  '554',
  '555',
  '505',
  '506',
  '507',
];
const landline = ['322', '324', '326', '414', '412', '482', '416', '452', '454', '264', '380', '312', '332', '236', '224'];

const unreadable = ['yok', 'bilinmiyor', '0532', '0 (000) 000 00 00', '-'];

/** Seven digits that differ between any two neighbouring changes. */
function subscriber(drawn: number, change: number): string {
  return String(1_000_000 + below(drawn, 899_999) * 10 + ((drawn + change) % 10)).padStart(7, '0');
}

/**
 * A phone number as somebody typed it, with what it reads as. `change` counts how often its owner got a new one.
 * One in a hundred cannot be read.
 */
export function phone(seed: number, salt: number, ordinal: number, change: number, office: boolean): Phone {
  const drawn = draw(seed, salt, ordinal);
  const way = draw(seed, salt + 1, ordinal);
  if (way % 100 === 0 && change === 0) return { e164: null, raw: pick(drawn, unreadable) };
  const digits = subscriber(drawn, change);
  if (office && way % 6 === 0) {
    const short = digits.slice(-4);
    return { e164: `+90444${short}`, raw: `444 ${short[0]} ${short.slice(1)}` };
  }
  const area = pick(way, office && way % 2 === 0 ? landline : mobile);
  const e164 = `+90${area}${digits}`;
  const spaced = `${digits.slice(0, 3)} ${digits.slice(3, 5)} ${digits.slice(5)}`;
  switch (way % 5) {
    case 0:
      return { e164, raw: `0${area} ${spaced}` };
    case 1:
      return { e164, raw: `+90 ${area} ${spaced}` };
    case 2:
      return { e164, raw: `${area}${digits}` };
    case 3:
      return { e164, raw: `0(${area}) ${spaced}` };
    default:
      return { e164, raw: `0${area}${digits}` };
  }
}
