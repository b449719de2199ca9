export type ClaimField = 'planId' | 'zone' | 'registrationCode' | 'registrationSecret';

interface ClaimForm {
  readonly required: readonly ClaimField[];
  readonly optional: readonly ClaimField[];
  /** The account pays for it at once. */
  readonly charges: boolean;
}

/** Carriers in whose API no SIM is claimed. */
const NONE: readonly string[] = ['1nce', 'emnify', 'jasper', 'onomondo'];

const FORMS: Readonly<Record<string, ClaimForm>> = {
  hologram: { required: ['planId'], optional: ['zone'], charges: true },
  supersim: { required: ['registrationCode'], optional: [], charges: false },
  telnyx: { required: ['registrationCode'], optional: ['planId'], charges: false },
  soracom: { required: ['registrationSecret'], optional: [], charges: false },
};

/** Of a carrier that is not known here the API tells what is missing, or that it has no such function. */
const UNKNOWN: ClaimForm = {
  required: [],
  optional: ['planId', 'zone', 'registrationCode', 'registrationSecret'],
  charges: false,
};

/** What a claim at this carrier needs besides the ICCID; null where there are no claims. */
export const claimFormOf = (provider: string): ClaimForm | null =>
  NONE.includes(provider) ? null : (FORMS[provider] ?? UNKNOWN);
