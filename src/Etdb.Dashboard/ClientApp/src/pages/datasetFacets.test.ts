import { expect, it } from 'vitest';
import type { Facets } from '../api/types';
import { choicesOf, withCounts } from './datasetFacets';

const facets = (areAtLeast: boolean): Facets => ({
  states: [], publishers: [], members: [], areAtLeast,
  species: [{ value: 'Vibrio cholerae', count: 1200 }, { value: '', count: 7 }, { value: 'Bdellovibrio', count: 1 }],
});
const all = { value: '', label: 'All species' };

it('gives each choice its count, and none to what was not counted', () => {
  const { species } = facets(false);
  expect(withCounts([all, ...choicesOf(species, 'Caulobacter')], species.slice(0, 1), facets(false)).map(({ label }) => label))
    .toEqual(['All species', 'Vibrio cholerae (1,200)', 'Bdellovibrio', 'Caulobacter']);
});

it('says where counting ended', () => {
  const { species } = facets(true);
  expect(withCounts(choicesOf(species, ''), species, facets(true))[1]!.label).toBe('Bdellovibrio (1 or more)');
});

it('keeps what is chosen while nothing is known', () => expect(choicesOf(undefined, 'F1', (value) => `Lab ${value}`)).toEqual([{ value: 'F1', label: 'Lab F1' }]));
