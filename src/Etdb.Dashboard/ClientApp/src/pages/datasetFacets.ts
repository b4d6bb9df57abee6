import type { Facet, Facets } from '../api/types';
import { formatCount } from '../format/numbers';

/** A choice of a filter. */
export interface Choice {
  value: string;
  label: string;
}

/** The choices with how many of what was found each would leave; one that is not counted stands without a figure, which is not zero. */
export function withCounts(choices: readonly Choice[], counted: readonly Facet[] | undefined, facets: Facets | undefined): Choice[] {
  const counts = new Map(counted?.map(({ value, count }) => [value, count]));
  return choices.map((choice) => {
    const count = counts.get(choice.value);
    return count === undefined ? choice : { ...choice, label: `${choice.label} (${formatCount(count)}${facets?.areAtLeast ? ' or more' : ''})` };
  });
}

/** The values found most often as choices; what is chosen stays among them, though nothing found has it. */
export function choicesOf(counted: readonly Facet[] | undefined, chosen: string, nameOf: (value: string) => string = (value) => value): Choice[] {
  const values = counted?.map(({ value }) => value).filter((value) => value !== '') ?? [];
  if (chosen !== '' && !values.includes(chosen)) values.push(chosen);
  return values.map((value) => ({ value, label: nameOf(value) }));
}
