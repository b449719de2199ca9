import * as z from 'zod';
import type { Answer } from '../operator.ts';
import { tidy } from './operator-words.ts';

/** As ATOL Online puts it in every answer. */
export const atolErrorSchema = z.object({
  code: z.coerce.number().catch(0),
  text: z.string().catch(''),
  /** system: the service itself; driver and agent: the cash register; timeout: it waited too long in a queue. */
  type: z.string().catch('system'),
});
export type AtolError = z.output<typeof atolErrorSchema>;

/** Of the service itself. */
export const TOKEN_MISSING = 10;
export const TOKEN_EXPIRED = 11;
export const EXISTS_ALREADY = 33;
export const NO_REPORT_YET = 34;
const WRONG_LOGIN = 12;
const WRONG_GROUP = [20, 21];
const INVALID = [13, 31, 32];

/** Only work on a document can bring it about. */
export const isOfTheRegister = ({ type }: AtolError): boolean => ['driver', 'agent', 'timeout'].includes(type);

/** Of the cash register: what is wrong is in the document. */
const FIX_THE_RECEIPT = [-3803, -3804, -3805, -3810, -3813, -3816, -3835, -3863, -3895, -3905, -3896, -3897, -3932];
/** The register did not manage it this time. */
const SEND_AGAIN = [-3817, -3818, -3825, -3830, -3831, -3924, -3929, -3957];
/** The register needs its administrator: paper, shift over 24 hours, fiscal drive full, … */
const CALL_THE_ADMINISTRATOR = [-1, -20, -21, -199, -3822];
const between = (code: number, low: number, high: number): boolean => code >= low && code <= high;

/**
 * What an error means for the receipt. `wasTaken`: it is the outcome of a document that the service had taken, so the same
 * receipt needs a new document, under a new key.
 */
export function meaningOf(error: AtolError, wasTaken: boolean, secrets: readonly string[]): Answer {
  const { code, type } = error;
  const message = `${tidy(error.text, secrets) || 'no explanation'} (ATOL ${type} error ${code})`;
  const renew = wasTaken;
  if (type === 'system') {
    if (INVALID.includes(code)) return { kind: 'rejected', message };
    if (code === WRONG_LOGIN) return pause('auth', message, renew);
    if (WRONG_GROUP.includes(code)) return pause('config', message, renew);
    return { kind: 'failed', message, possiblySent: false, renew };
  }
  if (type === 'timeout') return { kind: 'failed', message, possiblySent: false, renew };
  if (FIX_THE_RECEIPT.includes(code)) return { kind: 'rejected', message };
  if (SEND_AGAIN.includes(code)) return { kind: 'failed', message, possiblySent: false, renew };
  const administrator =
    CALL_THE_ADMINISTRATOR.includes(code) ||
    between(code, -3919, -3910) ||
    between(code, -3980, -3934) ||
    (type === 'agent' && between(code, 1, 3));
  return administrator ? pause('config', message, renew) : { kind: 'failed', message, possiblySent: false, renew };
}

function pause(about: 'auth' | 'config', message: string, renew: boolean): Answer {
  const what = about === 'auth' ? 'Set the right login and password' : 'Call the administrator of the cash registers';
  return { kind: 'pause', pause: about, message: `${message}. ${what}, then switch it on again.`, renew };
}
