/** How often a test repeats what chance or time decides: `usual` times, or with THOROUGH=1 in the environment as often as we promise. */
export function times(usual: number, thorough: number): number {
  return process.env.THOROUGH === '1' ? thorough : usual;
}
