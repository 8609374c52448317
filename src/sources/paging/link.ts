/**
 * The target of `rel="next"` in a Link header (RFC 8288); undefined where there is none.
 * Commas and semicolons may stand inside <…> and inside quotes.
 */
export function nextLink(header: string | undefined): string | undefined {
  for (const match of (header ?? '')
    .slice(0, 4096)
    .matchAll(/<([^>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)/g)) {
    const parameters = [...(match[2] as string).matchAll(/;\s*([^\s=;,]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/g)];
    const value = (name: string) => {
      const found = parameters.find((p) => p[1]?.toLowerCase() === name);
      return found && (found[2] ?? found[3] ?? '');
    };
    // A link with an anchor speaks of another page than this one.
    if (value('anchor') !== undefined) continue;
    if (value('rel')?.toLowerCase().split(/\s+/).includes('next')) return match[1];
  }
  return undefined;
}
