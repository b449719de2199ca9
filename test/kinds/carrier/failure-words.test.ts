import { expect, it } from 'vitest';
import { carrierWords } from '../../../functions/kinds/carrier/failure-words.ts';

it.each([
  ['as it is', 's3cr3t+key/1'],
  ['percent-encoded', 's3cr3t%2Bkey%2F1'],
  ['within a Basic header', Buffer.from('user:s3cr3t+key/1').toString('base64')],
])('tells what a carrier says without the secret that it echoes: %s', (_form, echoed) => {
  const words = carrierWords({ errors: [{ message: `Not allowed for ${echoed} today` }] }, ['s3cr3t+key/1']);
  expect(words).toBe('Not allowed for [redacted] today');
});
