import * as z from 'zod';
import { parseJson } from '../../../platform/http/parse-json.ts';
import { redact } from '../../../platform/redact.ts';

const MAX_WORDS = 300;

/** Refusals are answers that say more than their status; 408, 425 and 429 are none, nor is anything from 500 on. */
export const REFUSALS: readonly number[] = Array.from({ length: 100 }, (_, n) => 400 + n).filter(
  (status) => ![408, 425, 429].includes(status),
);

/** Not about a document: something else answers at this address. */
export const NO_SUCH_PLACE: readonly number[] = [404, 405, 410];
export const wrongAddress = (status: number): string =>
  `The operator takes no receipts at this address (HTTP ${status}): correct the base URL and switch the register on again.`;

/** JSON of an answer, or undefined when it is none: the caller still knows the status. */
export function readJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

const said = z.union([
  z.string(),
  z.object({ text: z.string() }),
  z.object({ message: z.string() }),
  z.object({ msg: z.string() }),
]);
const complaint = z.object({
  error: said.optional().catch(undefined),
  message: said.optional().catch(undefined),
  detail: z
    .union([said, z.array(said).transform((all) => all.map(wordsIn).join('; '))])
    .optional()
    .catch(undefined),
  errors: z.array(said).optional().catch(undefined),
});

const wordsIn = (value: z.output<typeof said>): string => {
  if (typeof value === 'string') return value;
  if ('text' in value) return value.text;
  return 'message' in value ? value.message : value.msg;
};

/** What the operator said to a refusal, fit to be shown: short, one line, and without the secrets it may have echoed. */
export function operatorWords(
  answer: { readonly status: number; readonly text: string },
  secrets: readonly string[],
): string {
  const parsed = complaint.safeParse(readJson(answer.text));
  const { error, message, detail, errors } = parsed.success ? parsed.data : {};
  const found = [error, message, detail, ...(errors ?? [])].filter((value) => value !== undefined).map(wordsIn);
  const words = found.length > 0 ? [...new Set(found)].join('; ') : answer.text.replace(/<[^>]*>/g, ' ');
  return tidy(words, secrets) || `HTTP ${answer.status}`;
}

/** One line of at most 300 characters. */
export function tidy(words: string, secrets: readonly string[]): string {
  const line = redact(words, secrets)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS - 1)}…` : line;
}

const plain = z.union([z.string().max(200), z.number(), z.boolean()]);

/**
 * The plain values of an answer, by the operator's own names and without the secrets it may have echoed: what is kept of the
 * fiscal document. At most 20.
 */
export function plainValues(
  value: unknown,
  secrets: readonly string[],
  leaveOut: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return {};
  const entries = Object.entries(value).flatMap(([name, entry]) => {
    if (leaveOut.includes(name) || !plain.safeParse(entry).success) return [];
    return [[name, typeof entry === 'string' ? redact(entry, secrets) : entry] as const];
  });
  return Object.fromEntries(entries.slice(0, 20));
}
