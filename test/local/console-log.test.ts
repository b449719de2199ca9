import { expect, it } from 'vitest';
import { describeError } from '../../functions/platform/describe-error.ts';
import { consoleLog } from '../../local/console-log.ts';

const linesOf = (verbose: boolean, say: (log: ReturnType<typeof consoleLog>) => void): readonly string[] => {
  const lines: string[] = [];
  say(consoleLog(verbose, (line) => lines.push(line.replace(/^\d\d:\d\d:\d\d /, ''))));
  return lines;
};

it('tells of trouble with what it is about and why', () => {
  const lines = linesOf(false, (log) => {
    log.warn('a worker died during a run', { integrationId: 'abc', run: 7 });
    log.error('a run could not be carried out', { integrationId: 'abc', error: new Error('no answer') });
    log.error('request failed', { error: describeError(new Error('no table')) });
    log.warn('nothing more to say');
  });
  expect(lines).toEqual([
    'warning: a worker died during a run (integration abc)',
    'error: a run could not be carried out (integration abc: no answer)',
    'error: request failed (no table)',
    'warning: nothing more to say',
  ]);
});

it('is one line of text, whatever a provider puts into its answer', () => {
  const lines = linesOf(false, (log) => log.warn('S (rest) keeps failing: \u001b[31mdown\n12:00:00 all is well'));
  expect(lines).toEqual(['warning: S (rest) keeps failing: ·[31mdown·12:00:00 all is well']);
});

it('leaves out what is too much to read, unless it is asked for', () => {
  const say = (log: ReturnType<typeof consoleLog>): void => {
    log.info('sync', { status: 'SUCCESS' });
    log.info('request', { latencyMs: 3 });
    log.debug('detail');
    log.info('a breaker opened', {});
  };
  expect(linesOf(false, say)).toEqual(['a breaker opened']);
  expect(linesOf(true, say)).toHaveLength(4);
});
