import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { type ApiFailure, toFailure } from '../api/api-failure.ts';
import type { TenantSettings, TenantSettingsChange } from '../api/types.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { Time } from '../parts/time.tsx';
import { flashDone, flashFailure, flashNotice } from '../state/flash.ts';
import { useCanChange, useClient } from '../state/use-api.ts';
import { usePoll } from '../state/use-poll.ts';

export function SettingsPage() {
  const client = useClient();
  const settings = usePoll('settings', client.settings, () => null);
  return (
    <SpaceBetween size="l">
      <PageTitle title="Settings" description="Of your tenant" />
      <Loaded of={settings} what="the settings">
        {(own) => <SettingsForms settings={own} onSaved={() => void settings.refresh()} />}
      </Loaded>
    </SpaceBetween>
  );
}

interface SettingsFormsProps {
  readonly settings: TenantSettings;
  readonly onSaved: () => void;
}

function SettingsForms({ settings, onSaved }: SettingsFormsProps) {
  const client = useClient();
  const save = async (change: TenantSettingsChange, done: string): Promise<ApiFailure | null> => {
    try {
      const { notice } = await client.changeSettings(change);
      if (notice === undefined) flashDone(done);
      else flashNotice(done, notice);
      onSaved();
      return null;
    } catch (error) {
      flashFailure('The settings could not be saved', error);
      return toFailure(error);
    }
  };
  return (
    <SpaceBetween size="l">
      <NotificationEmail settings={settings} save={save} />
      <VehicleKey settings={settings} save={save} />
    </SpaceBetween>
  );
}

interface SettingProps {
  readonly settings: TenantSettings;
  readonly save: (change: TenantSettingsChange, done: string) => Promise<ApiFailure | null>;
}

const problemOf = (failure: ApiFailure | null): string | undefined =>
  failure === null ? undefined : (failure.fields[0]?.message ?? failure.message);

function NotificationEmail({ settings, save }: SettingProps) {
  const canChange = useCanChange();
  const [email, setEmail] = useState(settings.notificationEmail ?? '');
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const trimmed = email.trim();
  const unchanged = trimmed === (settings.notificationEmail ?? '');
  const submit = async (): Promise<void> =>
    setFailure(
      await save(
        { notificationEmail: trimmed === '' ? null : trimmed },
        trimmed === '' ? 'Nobody is written to any more' : 'The address is saved',
      ),
    );
  return (
    <Container header={<Header variant="h2">Notifications</Header>}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Form actions={canChange && <Button disabled={unchanged}>Save address</Button>}>
          <FormField
            label="E-mail address"
            description="Told when an integration is switched off, keeps failing or recovers, once it has confirmed a mail. Empty: nobody."
            errorText={problemOf(failure)}
          >
            <Input
              type="email"
              value={email}
              readOnly={!canChange}
              onChange={({ detail }) => {
                setEmail(detail.value);
                setFailure(null);
              }}
            />
          </FormField>
        </Form>
      </form>
    </Container>
  );
}

function VehicleKey({ settings, save }: SettingProps) {
  const canChange = useCanChange();
  const [key, setKey] = useState('');
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const [removing, setRemoving] = useState(false);
  const { set, last4, setAt } = settings.vehicleDefaultApiKey;
  const submit = async (): Promise<void> => {
    const refused = await save({ vehicleDefaultApiKey: key }, 'The default vehicle key is saved');
    setFailure(refused);
    if (refused === null) setKey('');
  };
  return (
    <Container header={<Header variant="h2">Default vehicle key</Header>}>
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={2}
          items={[
            { label: 'Key', value: set ? (last4 === null ? 'Set' : `Set, ends with ${last4}`) : 'Not set' },
            { label: 'Set', value: setAt === null ? '–' : <Time at={setAt} /> },
          ]}
        />
        {canChange && (
          <form
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              void submit();
            }}
          >
            <Form
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  {set && (
                    <Button formAction="none" onClick={() => setRemoving(true)}>
                      Remove key
                    </Button>
                  )}
                  <Button disabled={key === ''}>Save key</Button>
                </SpaceBetween>
              }
            >
              <FormField
                label={set ? 'New key' : 'Key'}
                description="Used for vehicles that have no key of their own. It is stored encrypted and never shown again."
                errorText={problemOf(failure)}
              >
                <Input
                  type="password"
                  autoComplete={false}
                  value={key}
                  onChange={({ detail }) => {
                    setKey(detail.value);
                    setFailure(null);
                  }}
                />
              </FormField>
            </Form>
          </form>
        )}
        {removing && (
          <Confirm
            header="Remove the default vehicle key?"
            confirm="Remove key"
            onConfirm={() => save({ vehicleDefaultApiKey: null }, 'The default vehicle key is removed')}
            onClose={() => setRemoving(false)}
          >
            Vehicles without a key of their own can then not be reached.
          </Confirm>
        )}
      </SpaceBetween>
    </Container>
  );
}
