import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal, { type ModalProps } from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useId } from 'react';

interface FormDialogProps {
  readonly header: string;
  readonly size?: ModalProps.Size;
  /** What its button says. */
  readonly confirm: string;
  readonly variant?: 'primary' | 'normal';
  readonly cancel?: string;
  readonly working?: boolean;
  readonly disabled?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog that does something, or nothing. Enter in a field is its button; a click beside it throws nothing away that was typed. */
export function FormDialog({
  header,
  size = 'medium',
  confirm,
  variant = 'primary',
  cancel = 'Cancel',
  working = false,
  disabled = false,
  onConfirm,
  onClose,
  children,
}: FormDialogProps) {
  const form = useId();
  return (
    <Modal
      visible
      size={size}
      header={header}
      onDismiss={({ detail }) => detail.reason !== 'overlay' && onClose()}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" onClick={onClose}>
              {cancel}
            </Button>
            <Button variant={variant} form={form} loading={working} disabled={disabled}>
              {confirm}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        id={form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          // Those of dialogs upon dialogs arrive here, too.
          event.stopPropagation();
          if (!working && !disabled) onConfirm();
        }}
      >
        {children}
      </form>
    </Modal>
  );
}
