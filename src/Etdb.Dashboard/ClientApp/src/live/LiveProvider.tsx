import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { apiBase } from '../api/client';
import { keys } from '../api/queries';
import { LiveCache } from './apply';
import { LiveConnection, type LinkState } from './connection';

const LinkContext = createContext<LinkState>({ kind: 'connecting', heardAt: null });

/** State of the live feed: whether what is shown may be called live. */
export const useLink = (): LinkState => useContext(LinkContext);

const pollWhileBrokenMs = 10_000;

/** Keeps the live feed open, and reads the main figures now and then while it cannot be. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [link, setLink] = useState<LinkState>({ kind: 'connecting', heardAt: null });

  useEffect(() => {
    const cache = new LiveCache(client);
    const connection = new LiveConnection({
      url: `${apiBase}/events`,
      onEvents: (events) => cache.apply(events),
      onState: setLink,
    });
    const retry = () => connection.retryNow();
    globalThis.addEventListener('online', retry);
    connection.start();
    return () => {
      globalThis.removeEventListener('online', retry);
      connection.close();
      cache.dispose();
    };
  }, [client]);

  useEffect(() => {
    if (link.kind !== 'stale') return;
    const timer = setInterval(() => {
      for (const key of [keys.health, keys.nodes, keys.repairs, keys.incidents]) void client.invalidateQueries({ queryKey: key });
    }, pollWhileBrokenMs);
    return () => clearInterval(timer);
  }, [client, link.kind]);

  return <LinkContext value={link}>{children}</LinkContext>;
}
