import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal, { type ModalProps } from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

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

/** A dialog that does something, or nothing. */
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
  return (
    <Modal
      visible
      size={size}
      header={header}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {cancel}
            </Button>
            <Button variant={variant} loading={working} disabled={disabled} onClick={onConfirm}>
              {confirm}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
}
