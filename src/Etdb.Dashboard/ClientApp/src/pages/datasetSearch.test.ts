import { expect, it } from 'vitest';
import { searchOf } from '../api/queries';
import { parseSearch } from './datasetSearch';

it('reads a search from the address and writes only what is set', () => {
  const query = parseSearch('?q=motor&state=lost&sort=risk&cursor=abc');
  expect(query).toMatchObject({ q: 'motor', state: 'lost', sort: 'risk', cursor: 'abc', limit: 50 });
  expect(searchOf(query)).toBe('q=motor&state=lost&sort=risk&limit=50&cursor=abc');
});

it('does not pass on an order that does not exist', () => expect(parseSearch('sort=%3Cscript%3E').sort).toBe('updated'));
