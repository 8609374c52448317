/** Passwords that are long enough and tried first all the same, in lower case without spaces; by hand, from what is known to be usual. */
const common = new Set(
  `123456789012 1234567890123 012345678901 123456123456 123123123123 112233445566 987654321098 0987654321098
   qwertyuiop12 qwertyuiop123 qwertyuiopas qwertyuiopasdf qwertyqwerty qwerty123456 123456qwerty 1234qwerasdf 1q2w3e4r5t6y 1qaz2wsx3edc
   qazwsxedcrfv asdfghjkl123 asdfghjklzxc zxcvbnm12345 zxcvbnmasdfg qwer1234asdf q1w2e3r4t5y6 abcdefghijkl abcd1234abcd abc123abc123
   password1234 password12345 password123456 passwordpassword password2024 password2025 password2026 p@ssw0rd1234 p@ssword1234
   passw0rd1234 administrator administrator1 adminadmin12 admin1234567 admin123456 letmeinplease welcome12345 welcome123456
   iloveyou1234 iloveyouforever changeme1234 changemeplease trustno1trustno1 superman1234 princess1234 football1234 baseball1234
   correcthorsebatterystaple sifre1234567 sifresifre12 sifresifresifre şifre1234567 şifreşifreşifre parola123456 parolaparola
   galatasaray1 galatasaray12 galatasaray1905 fenerbahce12 fenerbahce1907 fenerbahçe1907 besiktas1903 beşiktaş1903 trabzonspor61
   trabzonspor1967 istanbul1453 istanbul3434 ankara060606 izmir353535 turkiye12345 turkiye1923 türkiye1923 türkiyecumhuriyeti
   turkiyecumhuriyeti cumhuriyet1923 atatürk1881193 ataturk18811938 atatürk18811938 mustafakemal1881 mustafakemal seniseviyorum
   seniseviyorum1 bismillah123 bismillahirrahmanirrahim merhaba12345 merhabadunya asdasdasdasd qweqweqweqwe kopru1234567 köprü1234567
   koprukoprukopru bakanlik1234 bakanlık1234`.split(/\s+/),
);

/** Whether a password is among those that are tried first, or a short piece again and again. */
export function isCommon(password: string): boolean {
  const plain = password
    .toLowerCase()
    .replace(/i\u0307/g, 'i')
    .replace(/\s+/g, '');
  return common.has(plain) || /^(.{1,4})\1+$/su.test(plain) || plain === '';
}
