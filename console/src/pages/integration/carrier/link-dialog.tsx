import Alert from '@cloudscape-design/components/alert';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { type ApiFailure, toFailure } from '../../../api/api-failure.ts';
import type { ClaimedSim } from '../../../api/kind-types.ts';
import type { Integration } from '../../../api/types.ts';
import { FormDialog } from '../../../parts/form-dialog.tsx';
import { flashDone } from '../../../state/flash.ts';
import { useClient } from '../../../state/use-api.ts';

interface LinkDialogProps {
  readonly integration: Integration;
  /** Claimed just now: what is known of it is filled in. */
  readonly claimed?: ClaimedSim | undefined;
  readonly onClose: () => void;
  readonly onLinked: (deviceId: string) => void;
}

const FIELDS = [
  { name: 'deviceId', label: 'Device id', hint: 'As you call it in your own systems.', required: true },
  {
    name: 'carrierDeviceId',
    label: 'Id at the carrier',
    hint: 'Of the device or SIM, as the carrier calls it.',
    required: true,
  },
  { name: 'name', label: 'Name – optional', hint: 'For people.', required: false },
  { name: 'iccid', label: 'ICCID – optional', hint: '15 to 22 digits, printed on the SIM.', required: false },
] as const;

/** Ties a device to its SIM at the carrier. */
export function LinkDialog({ integration, claimed, onClose, onLinked }: LinkDialogProps) {
  const client = useClient();
  const [typed, setTyped] = useState({
    deviceId: '',
    carrierDeviceId: claimed?.carrierDeviceId ?? '',
    name: '',
    iccid: claimed?.iccid ?? '',
  });
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [saving, setSaving] = useState(false);
  const trimmed = (name: keyof typeof typed): string => typed[name].trim();
  const missing = FIELDS.some(({ name, required }) => required && trimmed(name) === '');
  const save = async (): Promise<void> => {
    setSaving(true);
    try {
      const deviceId = trimmed('deviceId');
      await client.linkDevice(integration.id, deviceId, {
        carrierDeviceId: trimmed('carrierDeviceId'),
        name: trimmed('name') || null,
        iccid: trimmed('iccid') || null,
      });
      flashDone(`${deviceId} is linked`, 'The next sync reads its usage.');
      onLinked(deviceId);
      onClose();
    } catch (error) {
      setFailure(toFailure(error));
      setSaving(false);
    }
  };
  const problemOf = (name: string): string | undefined => failure?.fields.find(({ path }) => path === name)?.message;
  return (
    <FormDialog
      header="Link a device"
      confirm="Link"
      working={saving}
      disabled={missing}
      onConfirm={() => void save()}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        {failure !== null && <Alert type="error">{failure.message}</Alert>}
        {FIELDS.map(({ name, label, hint }) => (
          <FormField key={name} label={label} description={hint} errorText={problemOf(name)}>
            <Input
              value={typed[name]}
              spellcheck={false}
              onChange={({ detail }) => {
                setTyped({ ...typed, [name]: detail.value });
                setFailure(null);
              }}
            />
          </FormField>
        ))}
      </SpaceBetween>
    </FormDialog>
  );
}
