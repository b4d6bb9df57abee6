import { expect, it } from 'vitest';
import { searchOf } from '../api/queries';
import type { DatasetSummary, Page } from '../api/types';
import { countText, parseSearch } from './datasetSearch';

it('reads a search from the address and writes only what is set', () => {
  const query = parseSearch('?q=motor&state=lost&sort=risk&cursor=abc');
  expect(query).toMatchObject({ q: 'motor', state: 'lost', sort: 'risk', cursor: 'abc', limit: 50 });
  expect(searchOf(query)).toBe('q=motor&state=lost&sort=risk&limit=50&cursor=abc');
});

it('does not pass on an order that does not exist', () => expect(parseSearch('sort=%3Cscript%3E').sort).toBe('updated'));

it('says when more match than were counted', () => {
  const page = (total: number, totalIsAtLeast?: boolean): Page<DatasetSummary> => ({ items: Array<DatasetSummary>(50), next: 'x', total, ...(totalIsAtLeast === undefined ? {} : { totalIsAtLeast }) });
  expect(countText(page(2000, true), 2)).toBe('51 to 100 of more than 2,000 datasets');
  expect(countText(page(2000), 1)).toBe('1 to 50 of 2,000 datasets');
});
