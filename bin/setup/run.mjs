// Runs one tool of the set-up: a single line on the screen, its own output only when it fails.
import { spawn } from 'node:child_process';

/** A set-up step that failed: one sentence, and how what the tool said begins. */
export class SetUpFailure extends Error {
  constructor(message, output = '') {
    super(message);
    this.name = 'SetUpFailure';
    this.output = output;
  }
}

const keptOutput = 64 * 1024;
const shownLines = 30;

/** The first lines name the cause; what follows is mostly advice on the tool's own options. */
const firstLines = (text) => text.trim().split('\n').slice(0, shownLines).join('\n');

/** Shows `label … 12 s` on standard error, so that standard output stays for data. */
function progress(label) {
  const begun = Date.now();
  const seconds = () => `${((Date.now() - begun) / 1000).toFixed(1)} s`;
  const terminal = process.stderr.isTTY;
  process.stderr.write(`${label} …`);
  const timer = terminal ? setInterval(() => process.stderr.write(`\r${label} … ${seconds()}`), 250) : undefined;
  return (outcome) => {
    clearInterval(timer);
    process.stderr.write(`${terminal ? `\r${label} …` : ''} ${outcome}, ${seconds()}\n`);
  };
}

/** @param noteChild told the child's pid, so that the lock stays held should this process be killed before the child. */
export async function runTool({ label, command, args, cwd, env, failure, noteChild }) {
  const finished = progress(label);
  let output = '';
  const keep = (chunk) => {
    output = (output + chunk).slice(0, keptOutput);
  };
  const outcome = await new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid !== undefined) noteChild(child.pid);
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => resolve({ error }));
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  if (outcome.code === 0) return finished('done');
  finished('failed');
  if (outcome.error) throw new SetUpFailure(`${command} could not be run (${outcome.error.code}).`);
  throw new SetUpFailure(failure, firstLines(output));
}
