import fs from 'node:fs';
import type { App } from '../../../src/app/app';
import type { Broker } from '../../../src/operations/broker';
import type { CliDeps } from '../../../src/surfaces/cli/deps';
import { runCli } from '../../../src/surfaces/cli/program';

/** What a command needs of an app. */
type Parts = Partial<Omit<App, 'broker'>> & { broker?: Partial<Broker> };

/** What a command printed, and its exit code. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** `kopru` on parts of a broker, asked for anew at each command; they stay open. */
export function kopruOn(app: () => Parts, more: Partial<CliDeps> = {}): (...words: string[]) => Promise<Ran> {
  return (...words) => runKopru(words, { ...onApp(app()), ...more });
}

/** The same with a text on standard input. */
export function kopruWithInput(app: () => Parts): (input: string, ...words: string[]) => Promise<Ran> {
  return (input, ...words) => runKopru(words, onApp(app()), input);
}

/** Runs a command in this process. */
export async function runKopru(words: readonly string[], deps: Partial<CliDeps>, input = ''): Promise<Ran> {
  let [out, err] = ['', ''];
  const printed = (keep: (text: string) => void) =>
    ((part: string | Uint8Array, ...rest: unknown[]) => {
      keep(Buffer.from(part as string).toString());
      for (const done of rest) if (typeof done === 'function') done();
      return true;
    }) as typeof process.stdout.write;
  const read = fs.readFileSync;
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation(
      printed((text) => {
        out += text;
      }),
    ),
    jest.spyOn(process.stderr, 'write').mockImplementation(
      printed((text) => {
        err += text;
      }),
    ),
    jest.spyOn(fs, 'readFileSync').mockImplementation(((file, options) => (file === 0 ? input : read(file, options))) as typeof read),
  ];
  try {
    return { code: await runCli(words, deps as CliDeps), out, err };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

function onApp(app: Parts): Partial<CliDeps> {
  return {
    settings: () => app.settings ?? ({} as App['settings']),
    openApp: async () => ({ ...(app as App), close: async () => undefined }),
  };
}
