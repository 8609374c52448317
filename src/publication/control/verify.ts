import { isDeepStrictEqual } from 'node:util';
import { changesTooSmall, tooCloseToOthers } from './compare';
import { digestOf } from './digest';
import { goalsOf } from './goals';
import { largestOf } from './rules';
import { groundOf, guardsOf, hiddenFirst, sceneOf } from './scene';
import { addMove, holds, isPossible, noWorlds } from './search/moves';
import { known } from './system/ground';
import type { ControlRules, CountTable, Limits, Protected, PublishedTable } from './types';

/**
 * `table`: it is not this table, or something sensitive is shown. `counts`: the assumed counts fit nothing. `move`: one is
 * no possible world. `guard`: one is not shown to hold. `differencing`: a change is too small.
 * `overlap`: so is what is between it and a table of an overlapping statistic. `digest`: it is another's.
 */
export type Fault = 'table' | 'counts' | 'move' | 'guard' | 'differencing' | 'overlap' | 'digest';

/** Checks a result from the beginning, in whole numbers and without a solver. Empty if it stands. Throws `table-invalid`. */
export function faultsOf(
  table: CountTable,
  rules: ControlRules,
  earlier: readonly PublishedTable[],
  { cells: limit }: Pick<Limits, 'cells'>,
  { published, proof, digest }: Pick<Protected, 'published' | 'proof' | 'digest'>,
): Fault[] {
  const scene = sceneOf(table, rules, earlier, limit);
  if ('reason' in scene) return ['counts'];
  const { cells, numbers } = scene;
  const hiding = new Set(numbers.filter((_, n) => published.cells[n]?.count === null));
  const ground = groundOf(scene, new Map(proof.assumed), hiding);
  if (!ground) return ['counts'];

  const { id, statistic, date, dimensions, structural } = table;
  const cellsFit =
    published.cells.length === cells.length &&
    cells.every(({ at, count }, n) => {
      const cell = published.cells[n];
      return (
        isDeepStrictEqual(cell?.at, at) &&
        (cell?.count === count || (cell?.count === null && ground.status[numbers[n] as number] !== known))
      );
    });
  const frameFits = isDeepStrictEqual(
    [published.id, published.statistic, published.date, published.dimensions, published.structural, published.largest],
    [id, statistic, date, dimensions, structural, largestOf(table)],
  );
  const mustHide = [...hiddenFirst(scene)].every((number) => hiding.has(number) || ground.status[number] === known);
  const guardsFit = isDeepStrictEqual(published.guards, guardsOf(scene, ground.status));

  const worlds = noWorlds();
  const possible = proof.moves.filter((move) => isPossible(ground, move));
  for (const move of possible) addMove(worlds, move);
  const changes = changesTooSmall(scene, ground, limit);
  const close = tooCloseToOthers(scene, ground, limit);
  return [
    ...(cellsFit && frameFits && mustHide && guardsFit ? [] : ['table' as const]),
    ...(possible.length === proof.moves.length ? [] : ['move' as const]),
    ...(goalsOf(scene, ground).every((goal) => holds(ground, worlds, goal)) ? [] : ['guard' as const]),
    ...(changes.length === 0 ? [] : ['differencing' as const]),
    ...(close.length === 0 ? [] : ['overlap' as const]),
    ...(digest === digestOf(published) ? [] : ['digest' as const]),
  ];
}
