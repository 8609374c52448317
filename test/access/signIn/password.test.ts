import { hash } from '@node-rs/argon2';
import { acceptablePassword, hashPassword, isOutdated, passwordFits } from '../../../src/access/signIn/password';

const why = (password: string, email?: string) => {
  try {
    return { taken: acceptablePassword(password, email) };
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    expect(message.includes(password)).toBe(false);
    return { code, message };
  }
};
const refused = (message: RegExp) => ({ code: 'password-refused', message: expect.stringMatching(message) });

test('12 to 128 characters, as people count them, of any kind', () => {
  expect(why('kısa parola')).toEqual(refused(/12 to 128/));
  expect(why('ulu çınarlar')).toEqual({ taken: 'ulu çınarlar' });
  expect(why(`${'ab cde '.repeat(18)}xy`)).toMatchObject({ taken: expect.any(String) });
  expect(why(`${'ab cde '.repeat(18)}xyz`)).toEqual(refused(/12 to 128/));
  // One character each, though more units of the machine.
  expect(why('🌍🌍🌉🌉🌾🌾🚜🚜🍇🍇🍋')).toEqual(refused(/12 to 128/));
  expect(why('🌍🌍🌉🌉🌾🌾🚜🚜🍇🍇🍋🍒')).toMatchObject({ taken: expect.any(String) });
});

test('counted and compared in one form, however it was typed', async () => {
  // A ligature counts as the letters that it stands for; a dot below and a breve stand alone or with their letter.
  expect(why('ﬁﬁﬁﬁﬁ kapı')).toEqual({ taken: 'fififififi kapı' });
  const [composed, apart] = ['ağaçlar güzel', 'ağaçlar güzel'.normalize('NFD')];
  expect(apart).not.toBe(composed);
  const encoded = await hashPassword(acceptablePassword(composed, undefined));
  expect(await passwordFits(encoded, apart)).toBe(true);
  expect(await passwordFits(encoded, 'agaçlar güzel')).toBe(false);
});

test.each([
  'password1234',
  'Password 1234',
  'GALATASARAY1905',
  'qwertyuiop123',
  'aaaaaaaaaaaa',
  'abcabcabcabc',
  '123412341234',
  'Şifre1234567',
])('what is tried first is refused: %s', (password) => expect(why(password)).toEqual(refused(/tried first/)));

test('nothing that holds the name of the own e-mail address', () => {
  expect(why('bugün Ayse.Ornek geldi', 'ayse.ornek@kurum.example')).toEqual(refused(/e-mail/));
  expect(why('bugün Ayse.Ornek geldi', 'baska.ornek@kurum.example')).toMatchObject({ taken: expect.any(String) });
  // Two letters stand anywhere.
  expect(why('ay ışığında sonat', 'ay@kurum.example')).toMatchObject({ taken: expect.any(String) });
});

test('argon2id as OWASP asks for; another hash is outdated', async () => {
  const encoded = await hashPassword('ulu çınarlar');
  expect(encoded).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(isOutdated(encoded)).toBe(false);
  expect(isOutdated(await hash('ulu çınarlar', { memoryCost: 4096, timeCost: 2, parallelism: 1 }))).toBe(true);
  expect(isOutdated(await hash('ulu çınarlar', { memoryCost: 19_456, timeCost: 3, parallelism: 1 }))).toBe(true);
});

test('against nobody’s hash nothing fits', async () => {
  expect(await passwordFits(undefined, 'ulu çınarlar')).toBe(false);
  expect(await passwordFits(undefined, '')).toBe(false);
});
