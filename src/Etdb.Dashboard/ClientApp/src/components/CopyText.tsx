import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';

const shownMs = 2_000;

export function CopyText({ text, label }: { text: string; label: string }) {
  const clipboard = useClipboard({ timeout: shownMs });
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => clipboard.copy(text)}>{clipboard.copied ? 'Copied' : label}</Button>
      <span className="visually-hidden" aria-live="polite">{clipboard.copied ? 'Copied' : ''}</span>
      {clipboard.error && <span className="soft"> The browser refused; select the text instead.</span>}
    </>
  );
}
