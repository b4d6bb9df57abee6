import { useState } from 'react';

/** The published key image; a plain tile where there is none or it cannot be read at the moment. Decoration: the title stands beside it. */
export function Thumbnail({ url, size }: { url: string | null; size: number }) {
  const [failed, setFailed] = useState<string | null>(null);
  if (!url || failed === url) {
    return (
      <span className="thumb thumb-none" style={{ width: size, height: size }} aria-hidden="true">
        <svg viewBox="0 0 24 24" width={size * 0.55} height={size * 0.55}><path d="M4 7l8-4 8 4v10l-8 4-8-4zM4 7l8 4 8-4M12 11v10" fill="none" stroke="currentColor" strokeWidth="1.3" /></svg>
      </span>
    );
  }
  return <img className="thumb" src={url} alt="" width={size} height={size} loading="lazy" decoding="async" onError={() => setFailed(url)} />;
}
