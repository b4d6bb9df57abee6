import { Alert, Button, Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client';

interface QueryViewProps<T> {
  query: UseQueryResult<T>;
  /** What is being read, in the plural or with its article: "the datasets". */
  what: string;
  empty?: (data: T) => ReactNode;
  rows?: number;
  children: (data: T) => ReactNode;
}

/** Loading, error, empty or the answer. A failed re-read keeps the last answer; the stale banner says how old it is. */
export function QueryView<T>({ query, what, empty, rows = 3, children }: QueryViewProps<T>) {
  if (query.data !== undefined) return <>{empty?.(query.data) || children(query.data)}</>;
  if (query.isError) return <Failure what={what} error={query.error} retry={() => void query.refetch()} busy={query.isFetching} />;
  return (
    <div className="loading" role="status">
      <span className="visually-hidden">Reading {what} …</span>
      {Array.from({ length: rows }, (_, i) => <Skeleton key={i} height={18} mb={10} width={`${92 - 13 * (i % 4)}%`} animate={false} />)}
    </div>
  );
}

interface FailureProps {
  what: string;
  error: Error;
  retry: () => void;
  busy: boolean;
}

export function Failure({ what, error, retry, busy }: FailureProps) {
  const title = error instanceof ApiError ? error.title : 'Something unexpected happened';
  return (
    <Alert color="red" variant="outline" title={`Could not read ${what}: ${title}`} role="alert" className="failure">
      <p>{error.message}</p>
      <Button size="xs" variant="default" onClick={retry} loading={busy}>Try again</Button>
    </Alert>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>;
}
