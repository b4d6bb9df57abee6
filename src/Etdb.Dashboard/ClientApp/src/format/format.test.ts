import { describe, expect, it } from 'vitest';
import type { Health } from '../api/types';
import { citationOf } from './citation';
import { headlineOf } from './headline';
import { explainExpectation, formatBytes, formatCount, formatExpectation, formatShare, plural } from './numbers';
import { lookOf, nodeLooks } from './states';
import { formatRelative, formatSpan } from './time';

const nbsp = '\u00a0';
const now = Date.UTC(2026, 10, 22, 12, 0, 0);
const ago = (seconds: number) => now - seconds * 1000;

describe('numbers', () => {
  it('shows what nobody measured as words, never as zero', () => {
    for (const format of [formatBytes, formatCount, formatExpectation]) {
      expect(format(null)).toBe('not measured');
      expect(format(undefined)).toBe('not measured');
      expect(format(Number.NaN)).toBe('not measured');
      expect(format(0)).not.toBe('not measured');
    }
    expect(formatShare(1, null)).toBe('not measured');
  });

  it.each([
    [0, '0 B'], [999, '999 B'], [1000, '1.00 kB'], [1_048_576, '1.05 MB'], [9_999_000, '10.0 MB'], [31_457_280, '31.5 MB'],
    [999_499, '999 kB'], [999_500, '1.00 MB'], [1.5e15, '1.50 PB'], [-2000, '−2.00 kB'],
  ])('writes %d bytes in decimal units', (bytes, text) => expect(formatBytes(bytes)).toBe(text.replace(' ', nbsp)));

  it('does not round a part to nothing or to everything', () => {
    expect(formatShare(1, 1_000_000)).toBe('< 1%');
    expect(formatShare(999_999, 1_000_000)).toBe('> 99%');
    expect(formatShare(12, 12)).toBe('100%');
    expect(formatShare(0, 12)).toBe('0%');
    expect(formatShare(1, 0)).toBe('not measured');
  });

  it('explains small expectations', () => {
    expect(formatExpectation(0.0003)).toBe('0.0003');
    expect(formatExpectation(1e-9)).toBe('< 0.000001');
    expect(explainExpectation(0.0003)).toBe('about one in 3,300 years');
    expect(explainExpectation(1e-9)).toBe('less than one in a million years');
    expect(explainExpectation(2.5)).toBe('about 2.5 datasets a year');
    expect(explainExpectation(null)).toBeNull();
  });

  it('counts with the right word', () => {
    expect(plural(1, 'copy', 'copies')).toBe('1 copy');
    expect(plural(1000, 'dataset')).toBe('1,000 datasets');
  });
});

describe('time', () => {
  it.each([
    [0, 'just now'], [-2, 'just now'], [12, '12 s ago'], [61, '1 min ago'], [7200, '2 h ago'], [-90, 'in 1 min'], [86_400 * 3, '3 days ago'],
    [86_400 * 90, '3 months ago'], [86_400 * 800, '2 years ago'],
  ])('%d seconds ago is "%s"', (seconds, text) => expect(formatRelative(ago(seconds), now)).toBe(text));

  it('survives a time that cannot be read', () => expect(formatRelative('soon', now)).toBe('unknown time'));

  it.each([[0.44, '0.4 s'], [12.4, '12 s'], [185, '3 min 5 s'], [120, '2 min'], [7800, '2 h 10 min'], [86_400 * 4, '4 days']])(
    'writes a span of %d s', (seconds, text) => expect(formatSpan(seconds).replaceAll(nbsp, ' ')).toBe(text));

  it('says when a span was not measured', () => expect(formatSpan(null)).toBe('not measured'));
});

function health(states: Partial<Health['datasets']>, matrix: [number, number, number][] = []): Health {
  const datasets = { healthy: 0, degraded: 0, endangered: 0, lost: 0, pending: 0, ...states };
  const total = datasets.healthy + datasets.degraded + datasets.endangered + datasets.lost + datasets.pending;
  return {
    at: '2026-11-22T12:00:00.000Z', datasets: { total, ...datasets },
    replicas: { assigned: 0, claimed: 0, verified: 0, suspect: 0, missing: 0, corrupt: 0, unreachable: 0 },
    bytes: { logical: null, stored: null }, risk: { expectedLossesPerYear: null },
    matrix: matrix.map(([healthy, retrievable, count]) => ({ healthy, retrievable, count, example: null })), verifiedAge: [],
  };
}

describe('headline', () => {
  it('tells the worst first', () => {
    expect(headlineOf(health({ healthy: 5, degraded: 3, endangered: 2, lost: 1 })).sentence).toBe('1 of 11 datasets has no copy that can be retrieved.');
    expect(headlineOf(health({ healthy: 5, degraded: 3, endangered: 2 })).sentence).toBe('2 of 10 datasets have fewer copies than is safe.');
    expect(headlineOf(health({ healthy: 11, degraded: 1 })).sentence).toBe('11 of 12 datasets have all their verified copies; 1 is below target.');
    expect(headlineOf(health({ healthy: 2, pending: 3 })).tone).toBe('neutral');
  });

  it('claims a number of copies only when the matrix covers every dataset', () => {
    expect(headlineOf(health({ healthy: 12 }, [[3, 3, 12]])).sentence).toBe('All 12 datasets have 3 verified copies.');
    expect(headlineOf(health({ healthy: 12 }, [[3, 3, 11], [4, 4, 1]])).sentence).toBe('All 12 datasets have at least 3 verified copies.');
    expect(headlineOf(health({ healthy: 12 }, [[3, 3, 11]])).sentence).toBe('All 12 datasets have all their verified copies.');
    expect(headlineOf(health({ healthy: 1 }, [[1, 1, 1]])).sentence).toBe('The one dataset has 1 verified copy.');
  });

  it('is not cheerful about nothing', () => expect(headlineOf(health({})).tone).toBe('neutral'));
});

describe('words', () => {
  it('shows a state it does not know as it came', () => expect(lookOf(nodeLooks, 'on-fire')).toMatchObject({ word: 'on-fire', tone: 'neutral' }));

  it('cites with names that last', () => {
    const record = { latestTxid: 'b', height: 1, time: '2026-01-02T00:00:00Z', authorProven: true, contentProven: true };
    const cited = { publisher: 'FAddress', publisherAlias: null, title: 'A motor', id: 'aa', root: 'QmX', version: 2, record };
    expect(citationOf(cited)).toBe('FAddress (2026). A motor. Version 2. Electron Tomography Database. OIP record aa; ipfs://QmX');
    expect(citationOf({ ...cited, record: { ...record, time: null } })).toContain('(n.d.)');
  });
});
