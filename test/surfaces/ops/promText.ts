export interface ParsedFamily {
  type: string;
  help: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

/** Prometheus' text format, read strictly: every line is understood, every sample belongs to the family announced before it, none twice. */
export function promText(text: string): Map<string, ParsedFamily> {
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let help: [string, string] | undefined;
  let current: [string, ParsedFamily] | undefined;
  if (!text.endsWith('\n')) throw new Error('The last line has no end.');
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const told = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (told?.[1] === 'HELP') help = [told[2] as string, told[3] as string];
    else if (told) {
      const name = told[2] as string;
      if (help?.[0] !== name || families.has(name) || !/^(counter|gauge|histogram)$/.test(told[3] as string))
        throw new Error(`Unexpected: ${line}`);
      current = [name, { type: told[3] as string, help: help[1], samples: [] }];
      families.set(...current);
    } else {
      const sample =
        /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[\d.]+(?:e[+-]?\d+)?|\+Inf|-Inf|Nan|NaN)$/.exec(
          line,
        );
      if (!sample || !current || seen.has(`${sample[1]}{${sample[2]}}`)) throw new Error(`Not understood: ${line}`);
      const [family, { type, samples }] = current;
      const endings = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      if (!endings.some((ending) => sample[1] === family + ending)) throw new Error(`Of no family: ${line}`);
      seen.add(`${sample[1]}{${sample[2]}}`);
      const labels = Object.fromEntries([...(sample[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((m) => [m[1], m[2]]));
      samples.push({ name: sample[1] as string, labels, value: Number(sample[3]?.replace('+Inf', 'Infinity')) });
    }
  }
  return families;
}
