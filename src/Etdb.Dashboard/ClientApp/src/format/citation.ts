import type { Dataset } from '../api/types';

/** How to cite a dataset: who, when, what, and two names that will always lead to it. */
export function citationOf(dataset: Pick<Dataset, 'publisher' | 'publisherAlias' | 'title' | 'id' | 'root' | 'version' | 'record'>): string {
  const who = dataset.publisherAlias ?? dataset.publisher;
  const year = dataset.record.time ? new Date(dataset.record.time).getUTCFullYear() : 'n.d.';
  const version = dataset.version > 1 ? ` Version ${dataset.version}.` : '';
  return `${who} (${year}). ${dataset.title}.${version} Electron Tomography Database. OIP record ${dataset.id}${dataset.root ? `; ipfs://${dataset.root}` : ''}`;
}
