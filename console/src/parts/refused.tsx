import Alert from '@cloudscape-design/components/alert';
import { type ReactNode, useEffect, useRef } from 'react';
import type { ApiFailure } from '../api/api-failure.ts';

interface RefusedProps {
  readonly failure: ApiFailure;
  readonly children?: ReactNode;
}

/** Why a form was not taken. The button was at its end, and this is at its beginning: it is read out, and scrolled to. */
export function Refused({ failure, children = failure.message }: RefusedProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'center' });
  }, []);
  return (
    <div ref={box} role="alert">
      <Alert type="error" header="It could not be saved">
        {children}
      </Alert>
    </div>
  );
}
