import { type ReactNode, useState } from 'react';
import { FormDialog } from './form-dialog.tsx';

interface ConfirmProps {
  readonly header: string;
  readonly confirm: string;
  readonly children: ReactNode;
  readonly disabled?: boolean;
  /** Closes when it resolves. */
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks before something that cannot be undone, or that does more than one sees. */
export function Confirm({ header, confirm, children, disabled = false, onConfirm, onClose }: ConfirmProps) {
  const [working, setWorking] = useState(false);
  const act = async (): Promise<void> => {
    setWorking(true);
    try {
      await onConfirm();
    } finally {
      setWorking(false);
    }
    onClose();
  };
  return (
    <FormDialog
      header={header}
      confirm={confirm}
      working={working}
      disabled={disabled}
      onConfirm={() => void act()}
      onClose={onClose}
    >
      {children}
    </FormDialog>
  );
}
