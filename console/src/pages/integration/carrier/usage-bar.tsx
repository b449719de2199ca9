import { bytes } from '../../../parts/format.ts';
import type { UsageShare } from './allowance.ts';

const NEARLY = 0.8;

/** Usage against the plan. What is over it says so. */
export function UsageBar({ usage }: { readonly usage: UsageShare | null }) {
  if (usage === null) return <span>Not read yet</span>;
  const { used, limit, share } = usage;
  if (limit === null || share === null) return <span>{bytes(used)}</span>;
  const look = share > 1 ? 'usage-over' : share >= NEARLY ? 'usage-nearly' : 'usage-fine';
  return (
    <div className="usage">
      <div className="usage-track" aria-hidden="true">
        <div className={look} style={{ inlineSize: `${Math.min(1, share) * 100}%` }} />
      </div>
      <span>
        {bytes(used)} of {bytes(limit)} ({Math.round(share * 100)} %){share > 1 && ' – over the plan'}
      </span>
    </div>
  );
}
