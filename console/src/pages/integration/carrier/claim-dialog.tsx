import Alert from '@cloudscape-design/components/alert';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { type ApiFailure, toFailure } from '../../../api/api-failure.ts';
import type { ClaimedSim } from '../../../api/kind-types.ts';
import type { Integration } from '../../../api/types.ts';
import { FormDialog } from '../../../parts/form-dialog.tsx';
import { providerTitle } from '../../../parts/provider-titles.ts';
import { flashDone } from '../../../state/flash.ts';
import { useClient } from '../../../state/use-api.ts';
import { type ClaimField, claimFormOf } from './claim-fields.ts';
import { PlanField } from './plan-field.tsx';

interface ClaimDialogProps {
  readonly integration: Integration;
  readonly onClose: () => void;
  readonly onClaimed: (sim: ClaimedSim) => void;
  /** The carrier turns out to have no such function. */
  readonly onUnsupported: () => void;
}

const TITLES: Readonly<Record<Exclude<ClaimField, 'planId'>, string>> = {
  zone: 'Zone',
  registrationCode: 'Registration code',
  registrationSecret: 'Registration secret',
};
const HINTS: typeof TITLES = {
  zone: 'Empty: global.',
  registrationCode: 'Printed with the SIM.',
  registrationSecret: 'Printed with the SIM.',
};

/** No answer of the API, or one that came while the claim is under way, says nothing of what became of it: ask once more. */
function headerOf({ status, code }: ApiFailure): string {
  if (code === 'outcome_unknown') return 'It may or may not have been claimed';
  const refused = status >= 400 && status < 500 && code !== 'in_progress';
  const neverSent = code === 'breaker_open' || code.startsWith('provider_');
  return refused || neverSent ? 'It was not claimed' : 'It is not known yet whether it was claimed';
}

/**
 * Takes a SIM into the account. A claim is the SIM's own: sent twice it is made once. Only who has looked it up at the
 * carrier, after an answer was lost, claims it anew.
 */
export function ClaimDialog({ integration, onClose, onClaimed, onUnsupported }: ClaimDialogProps) {
  const client = useClient();
  const form = claimFormOf(integration.provider);
  const carrier = providerTitle(integration.provider);
  const [typed, setTyped] = useState<Readonly<Partial<Record<ClaimField | 'iccid', string>>>>({});
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [claiming, setClaiming] = useState(false);
  if (form === null) return null;
  const unknown = failure?.code === 'outcome_unknown';
  const trimmed = (name: ClaimField | 'iccid'): string => typed[name]?.trim() ?? '';
  const missing = (['iccid', ...form.required] as const).some((name) => trimmed(name) === '');
  const type = (name: ClaimField | 'iccid') => (text: string) => {
    setTyped({ ...typed, [name]: text });
    setFailure(null);
  };
  const problemOf = (name: string): string | undefined => failure?.fields.find(({ path }) => path === name)?.message;
  const claim = async (): Promise<void> => {
    setClaiming(true);
    try {
      const given = [...form.required, ...form.optional].filter((name) => trimmed(name) !== '');
      const body = {
        iccid: trimmed('iccid').replaceAll(/[\s-]/g, ''),
        ...Object.fromEntries(given.map((name) => [name, trimmed(name)])),
      };
      // Whoever says once more that it is not there claims it once more.
      const sim = await client.claimSim(integration.id, body, unknown ? crypto.randomUUID() : undefined);
      flashDone(`SIM ${sim.iccid} is claimed`, `${carrier} calls it ${sim.carrierDeviceId}. Link it to a device.`);
      onClaimed(sim);
    } catch (error) {
      const reason = toFailure(error);
      if (reason.code === 'not_supported') onUnsupported();
      setFailure(reason);
      setClaiming(false);
    }
  };
  return (
    <FormDialog
      header="Claim a SIM"
      confirm={unknown ? 'It is not there: claim it again' : 'Claim'}
      variant={unknown ? 'normal' : 'primary'}
      cancel={unknown ? 'Close' : 'Cancel'}
      working={claiming}
      disabled={missing || failure?.code === 'not_supported'}
      onConfirm={() => void claim()}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        {form.charges && !unknown && (
          <Alert type="warning">{carrier} charges the account at once. This cannot be undone here.</Alert>
        )}
        {failure !== null && (
          <Alert type={unknown ? 'warning' : 'error'} header={headerOf(failure)}>
            {unknown
              ? `${carrier} did not answer. Look SIM ${trimmed('iccid')} up there. If it is in the account, link it; only if it is not, claim it again: otherwise it may be charged twice.`
              : failure.message}
          </Alert>
        )}
        <FormField label="ICCID" description="15 to 22 digits, printed on the SIM." errorText={problemOf('iccid')}>
          <Input
            inputMode="numeric"
            spellcheck={false}
            value={typed.iccid ?? ''}
            onChange={({ detail }) => type('iccid')(detail.value)}
          />
        </FormField>
        {[...form.required, ...form.optional].map((name) => {
          const optional = form.optional.includes(name) ? ' – optional' : '';
          if (name === 'planId') {
            return (
              <PlanField
                key={name}
                integrationId={integration.id}
                label={`Plan${optional}`}
                value={typed.planId ?? ''}
                onChange={type('planId')}
                problem={problemOf(name)}
              />
            );
          }
          return (
            <FormField
              key={name}
              label={`${TITLES[name]}${optional}`}
              description={HINTS[name]}
              errorText={problemOf(name)}
            >
              <Input
                type={name === 'registrationSecret' ? 'password' : 'text'}
                autoComplete={false}
                spellcheck={false}
                value={typed[name] ?? ''}
                onChange={({ detail }) => type(name)(detail.value)}
              />
            </FormField>
          );
        })}
      </SpaceBetween>
    </FormDialog>
  );
}
