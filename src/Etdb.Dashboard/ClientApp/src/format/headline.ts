import type { Health } from '../api/types';
import { formatCount, plural } from './numbers';

export type Tone = 'good' | 'attention' | 'serious' | 'neutral';

/** One true sentence about all datasets and one that says what follows from it. The worst news comes first. */
export interface Headline {
  tone: Tone;
  sentence: string;
  detail: string;
}

/** @param held true while safe mode or a brake holds repairs back, so that nothing is promised. */
export function headlineOf(health: Health, held = false): Headline {
  const repairs = held ? 'Repairs are held back at the moment, see below.' : 'What is missing is copied again, the most endangered first.';
  const { total, healthy, degraded, endangered, lost, pending } = health.datasets;
  if (total === 0) {
    return { tone: 'neutral', sentence: 'No dataset has been published yet.', detail: 'Datasets appear here as soon as the ledger names them.' };
  }
  if (lost > 0) {
    return {
      tone: 'serious',
      sentence: `${ofAll(lost, total)} ${lost === 1 ? 'has' : 'have'} no copy that can be retrieved.`,
      detail: `${formatCount(total - lost)} can be retrieved. A lost dataset comes back when any node that holds it returns.`,
    };
  }
  if (endangered > 0) {
    return {
      tone: 'serious',
      sentence: `${ofAll(endangered, total)} ${endangered === 1 ? 'has' : 'have'} fewer copies than is safe.`,
      detail: `None is lost${degraded > 0 ? `; ${formatCount(degraded)} more ${are(degraded)} below target` : ''}. ${repairs}`,
    };
  }
  if (degraded > 0) {
    return {
      tone: 'attention',
      sentence: `${ofAll(healthy, total)} ${healthy === 1 ? 'has all its' : 'have all their'} verified copies; ${formatCount(degraded)} ${are(degraded)} below target.`,
      detail: `None is lost or below the safe floor. ${repairs}${pending > 0 ? ` ${plural(pending, 'new dataset')} not yet replicated.` : ''}`,
    };
  }
  if (pending > 0) {
    return {
      tone: 'neutral',
      sentence: `${ofAll(healthy, total)} ${healthy === 1 ? 'has all its' : 'have all their'} verified copies; ${formatCount(pending)} ${are(pending)} new.`,
      detail: 'New datasets are being copied to their members and verified for the first time.',
    };
  }
  return { tone: 'good', sentence: allGood(health), detail: 'Only independent copies are counted, and the blocks of each have been hashed.' };
}

function allGood(health: Health): string {
  const { total } = health.datasets;
  const rows = health.matrix.filter((row) => row.count > 0);
  const counted = rows.reduce((sum, row) => sum + row.count, 0);
  const subject = total === 1 ? 'The one dataset has' : `All ${formatCount(total)} datasets have`;
  if (counted !== total) return `${subject} all ${total === 1 ? 'its' : 'their'} verified copies.`;
  const fewest = Math.min(...rows.map((row) => row.healthy));
  const most = Math.max(...rows.map((row) => row.healthy));
  return `${subject} ${fewest === most ? '' : 'at least '}${plural(fewest, 'verified copy', 'verified copies')}.`;
}

const ofAll = (part: number, total: number): string => `${formatCount(part)} of ${plural(total, 'dataset')}`;
const are = (count: number): string => (count === 1 ? 'is' : 'are');
