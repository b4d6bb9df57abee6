import { useDemoProgress } from '../api/queries';
import type { DemoStep } from '../api/types';

const steps: readonly { step: DemoStep; name: string }[] = [
  { step: 'publish', name: 'Publish' },
  { step: 'replicate', name: 'Replicate' },
  { step: 'break', name: 'Break' },
  { step: 'detect', name: 'Notice' },
  { step: 'reseed', name: 'Copy again' },
  { step: 'verify', name: 'Verify' },
];

/** Where the story is, as the server tells it. */
export function DemoSteps() {
  const progress = useDemoProgress();
  const current = steps.findIndex(({ step }) => step === progress?.step);
  return (
    <div className="demo-steps" data-testid="demo-steps" data-step={progress?.step ?? ''}>
      <ol>
        {steps.map(({ step, name }, i) => (
          <li key={step} className={i === current ? 'step-now' : ''} aria-current={i === current ? 'step' : undefined}>
            <span className="step-number" aria-hidden="true">{i + 1}</span>{name}
          </li>
        ))}
      </ol>
      <p aria-live="polite">{progress?.text ?? 'Choose a node and break something.'}</p>
    </div>
  );
}
