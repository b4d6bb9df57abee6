import { useEffect, useRef, useState } from 'react';
import { useHealth } from '../api/queries';
import { headlineOf } from '../format/headline';
import { noticeOf, type NoticeSource } from '../live/reducers';

/** Tells assistive technology when the overall state changes; figures that only move are not read out. */
export function Announcer() {
  const health = useHealth().data;
  const before = useRef<NoticeSource | null>(null);
  const [notice, setNotice] = useState('');
  useEffect(() => {
    if (!health) return;
    const headline = headlineOf(health);
    const changed = noticeOf(before.current, headline);
    before.current = headline;
    if (changed) setNotice(changed);
  }, [health]);
  return <div className="visually-hidden" aria-live="polite" data-testid="announcer">{notice}</div>;
}
