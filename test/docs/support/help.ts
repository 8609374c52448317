import type { CliDeps } from '../../../src/surfaces/cli/deps';
import { runCli } from '../../../src/surfaces/cli/program';

export interface HelpedCommand {
  /** Its words, such as `agreement record`. */
  name: string;
  /** Its long options; empty where it hands its words on. */
  options: string[];
  /** It does nothing by itself. */
  group: boolean;
}

/** Every command of the command line with its options, as its own help tells them. */
export async function allCommands(words: string[] = []): Promise<HelpedCommand[]> {
  const help = await helpOf(words);
  const options = [...section(help, 'Options').matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map((m) => m[1] as string);
  const below = [...section(help, 'Commands').matchAll(/^ {2}([a-z]\S*)/gm)].map((m) => m[1] as string);
  // A command that does something itself offers no `help` beside those below it.
  const group = below.includes('help');
  const found: HelpedCommand[] = words.length === 0 ? [] : [{ name: words.join(' '), options, group }];
  for (const name of below) if (name !== 'help') found.push(...(await allCommands([...words, name])));
  return found;
}

function section(help: string, title: string): string {
  return new RegExp(`^${title}:\\n((?: .*\\n?)*)`, 'm').exec(help)?.[1] ?? '';
}

async function helpOf(words: string[]): Promise<string> {
  let text = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((part) => {
    text += String(part);
    return true;
  });
  try {
    // The stand-ins' own command takes even --help for itself.
    await runCli([...words, '--help'], { serveStandIns: async () => 0 } as unknown as CliDeps);
  } finally {
    write.mockRestore();
  }
  return text;
}
