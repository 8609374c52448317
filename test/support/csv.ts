/** Reads CSV as RFC 4180 has it; the byte order mark and the CRLF of each line must be there. */
export function parseCsv(text: string, separator: string): string[][] {
  expect(text.startsWith('\ufeff')).toBe(true);
  const rows: string[][] = [];
  let at = 1;
  while (at < text.length) {
    const row: string[] = [];
    for (;;) {
      let cell = '';
      if (text[at] === '"') {
        const end = closing(text, at + 1);
        cell = text.slice(at + 1, end).replaceAll('""', '"');
        at = end + 1;
      } else {
        const end = text.slice(at).search(new RegExp(`[${separator}\r\n"]`));
        cell = text.slice(at, at + end);
        at += end;
      }
      row.push(cell);
      if (text[at] !== separator) break;
      at += 1;
    }
    expect(text.slice(at, at + 2)).toBe('\r\n');
    at += 2;
    rows.push(row);
  }
  return rows;
}

function closing(text: string, from: number): number {
  for (let at = from; ; at += 1) {
    at = text.indexOf('"', at);
    if (at < 0) throw new Error('a quote is not closed');
    if (text[at + 1] !== '"') return at;
    at += 1;
  }
}
