/** "3 of 3", with a dot for each wanted copy: full when verified, ring when only retrievable, open when missing. */
export function Copies({ healthy, retrievable, target }: { healthy: number; retrievable: number; target: number }) {
  const dots = Math.min(Math.max(target, retrievable), 8);
  const kindOf = (i: number) => (i < healthy ? 'full' : i < retrievable ? 'ring' : 'open');
  const tone = healthy >= target ? 'good' : healthy > 0 || retrievable > 0 ? 'attention' : 'critical';
  return (
    <span className="copies" title={`${healthy} verified of ${target} wanted; ${retrievable} can be retrieved`}>
      <span className={`copies-dots tone-${tone}`} aria-hidden="true">
        {Array.from({ length: dots }, (_, i) => <span key={i} className={`dot dot-${kindOf(i)}`} />)}
      </span>
      <span>{healthy} of {target}</span>
      {retrievable !== healthy && <span className="soft"> ({retrievable} retrievable)</span>}
    </span>
  );
}
