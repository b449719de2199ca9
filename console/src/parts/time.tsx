import { useFromNow } from '../state/now.ts';
import { localTime, relative, utcTime } from './format.ts';

interface TimeProps {
  /** ISO 8601. */
  readonly at: string;
  /** `ago`: `4 minutes ago`; `clock`: the time in the zone of the one who looks. */
  readonly as?: 'ago' | 'clock';
}

/** A time; both zones show when one rests on it. */
export function Time({ at, as = 'ago' }: TimeProps) {
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={`${localTime(ms)} · ${utcTime(ms)}`}>
      {as === 'ago' ? <Ago at={ms} /> : localTime(ms)}
    </time>
  );
}

function Ago({ at }: { readonly at: number }) {
  return useFromNow((now) => relative(at, now));
}
