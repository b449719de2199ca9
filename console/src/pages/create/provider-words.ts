import type { KindName } from '../../api/types.ts';

export const KIND_WORDS: Readonly<Record<KindName, { readonly title: string; readonly about: string }>> = {
  carrier: {
    title: 'Carrier',
    about: 'Data usage and status of SIMs, from the account they belong to.',
  },
  vehicle: {
    title: 'Vehicle',
    about: 'Measurements and alarms of one vehicle, pulled every few seconds.',
  },
  source: {
    title: 'Source',
    about: 'Any REST or GraphQL API that answers with JSON, read on a schedule.',
  },
  receipts: {
    title: 'Receipts',
    about: 'A cash register: receipts are kept here and sent to the fiscal data operator, each once.',
  },
};

/** What a provider is, and where its credentials are found. One that is not here is described by what it takes. */
export const PROVIDER_WORDS: Readonly<Record<string, { readonly about: string; readonly where?: string }>> = {
  hologram: {
    about: 'One listing tells usage, state and connection of all devices.',
    where:
      'The API key is in the Hologram dashboard under Account settings, API. The organisation ID is needed only to claim SIMs or where the key sees several organisations.',
  },
  '1nce': {
    about: 'SIMs by ICCID; usage takes one call per SIM.',
    where: 'Client ID and secret of an API user, made in the 1NCE portal under Account, API users.',
  },
  supersim: {
    about: 'Super SIM of Twilio and, since the take-over, of KORE.',
    where:
      'At Twilio the account or API key SID and its secret; at KORE a client ID and secret, with “KORE” as authentication.',
  },
  emnify: {
    about: 'SIMs and endpoints of an emnify organisation.',
    where: 'An application token, made in the emnify portal under Integrations.',
  },
  telnyx: { about: 'SIM cards of Telnyx Wireless.', where: 'An API v2 key, from the Telnyx portal under API keys.' },
  soracom: {
    about: 'Soracom Air subscribers; choose the coverage they belong to.',
    where: 'Auth key ID and secret of a SAM user, made in the Soracom console under Security.',
  },
  jasper: {
    about: 'Cisco IoT Control Center, which many operators run under their own names.',
    where: 'Your operator tells the REST address of your pod. The API key is under the user’s profile there.',
  },
  onomondo: { about: 'SIMs of Onomondo.', where: 'An API key, from the Onomondo app under API keys.' },
  pull: {
    about: 'A vehicle that serves /status, /channels, /data and /alarms itself.',
    where: 'Without a key of its own, the default vehicle key of the settings is sent.',
  },
  traccar: { about: 'A device of a Traccar server.', where: 'A token of a Traccar user who sees the device.' },
  samsara: {
    about: 'A vehicle of a Samsara fleet.',
    where: 'An API token, from the Samsara dashboard under Settings, API tokens.',
  },
  rest: { about: 'Rows are read page by page; the fields you name are stored with their times.' },
  graphql: { about: 'One query, sent page by page; the fields you name are stored with their times.' },
  ofd: {
    about: 'A fiscal data operator that takes receipts at /ofd/v1/receipt.',
    where:
      'Operator’s address and key. With a status path, a receipt whose answer was lost is asked about before it is sent again.',
  },
  atol: {
    about: 'ATOL Online, version 4. A receipt is taken first and fiscalised a little later.',
    where: 'Login, password and group code are in the settings file of the cash register in the ATOL account.',
  },
};
