import { type Exception, exceptions, libraries, rooms } from '../law';
import type { Import } from './cruise';

/** The room of a file: the folder below src, jobs, or main. */
export function roomOf(file: string): string {
  const [top, room] = file.split('/') as [string, string | undefined];
  if (top !== 'src' || !room) return top;
  return room.replace(/\.ts$/, '');
}

/** The exception that lets an import stand, if the table does not. */
export function exceptionFor({ from, to, typesOnly }: Import): Exception | undefined {
  return exceptions.find((e) => from.startsWith(e.from) && to.startsWith(e.to) && (typesOnly || !e.typesOnly));
}

/** What the law has against an import, exceptions apart. */
export function objection(one: Import): string | undefined {
  return one.library ? libraryObjection(one) : roomObjection(one);
}

function roomObjection({ from, to, typesOnly }: Import): string | undefined {
  const [own, other] = [roomOf(from), roomOf(to)];
  const room = rooms[own];
  if (!room) return `${from}: the room ${own} has no line in the law`;
  if (own === other || other === 'core' || room.sees.includes(other)) return undefined;
  if (room.types?.includes(other)) return typesOnly ? undefined : `${from}: ${own} may import only types of ${other}, and imports ${to}`;
  return `${from}: ${own} may not see ${other}, and imports ${to}`;
}

function libraryObjection({ from, to, typesOnly }: Import): string | undefined {
  const library = Object.hasOwn(libraries, to) ? libraries[to] : undefined;
  if (!library) return `${from}: the library ${to} has no owner in the law`;
  if (library.owner.some((place) => from.startsWith(place))) return undefined;
  if (library.types?.some((place) => from.startsWith(place)))
    return typesOnly ? undefined : `${from}: only types of ${to} may be imported here`;
  return `${from}: ${to} belongs to ${library.owner.join(', ')}`;
}

/** Every import that the law forbids and no exception lets stand, as sentences. */
export function breaches(imports: readonly Import[]): string[] {
  return imports.flatMap((one) => (exceptionFor(one) ? [] : (objection(one) ?? []))).sort();
}
