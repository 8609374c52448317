import { type FileHandle, open, rm } from 'node:fs/promises';
import { KopruError } from '../../core/errors';

/** Opens a new file before anything is made, so that nothing is made that cannot be kept; what fails leaves no file. */
export async function into<T>(file: string | undefined, work: (write: (text: string) => Promise<void>) => Promise<T>): Promise<T> {
  if (file === undefined) return work(async () => undefined);
  let handle: FileHandle;
  try {
    handle = await open(file, 'wx', 0o600);
  } catch {
    throw new KopruError('usage', `The file ${file} cannot be made, or is there already.`);
  }
  try {
    return await work((text) => handle.writeFile(text));
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}
