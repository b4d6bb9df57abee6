import { formatBytes, formatShare, known } from '../format/numbers';

interface MeterProps {
  label: string;
  used: number | null;
  capacity: number | null;
}

/** Used and capacity in bytes; without a bar where one of them is not measured. */
export function CapacityMeter({ label, used, capacity }: MeterProps) {
  if (!known(used)) return <p className="meter-text unknown">Use not measured</p>;
  if (!known(capacity) || capacity <= 0) return <p className="meter-text">{formatBytes(used)} used <span className="soft">· capacity not measured</span></p>;
  const share = Math.min(1, used / capacity);
  const tone = share > 0.95 ? 'critical' : share > 0.85 ? 'attention' : 'good';
  return (
    <div>
      <Bar label={label} share={share} tone={tone} text={`${formatShare(used, capacity)} used`} />
      <p className="meter-text">{formatBytes(used)} of {formatBytes(capacity)} <span className="soft">· {formatShare(used, capacity)}</span></p>
    </div>
  );
}

interface BarProps {
  label: string;
  share: number;
  tone: string;
  text: string;
  role?: 'meter' | 'progressbar';
}

export function Bar({ label, share, tone, text, role = 'meter' }: BarProps) {
  const percent = Math.round(share * 1000) / 10;
  return (
    <div className={`bar tone-${tone}`} role={role} aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} aria-valuetext={text}>
      <div className="bar-fill" style={{ width: `${percent}%` }} />
    </div>
  );
}
