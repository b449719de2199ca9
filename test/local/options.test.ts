import { describe, expect, it } from 'vitest';
import { allowsLoopback, readOptions } from '../../local/options.ts';

describe('the options of npm start', () => {
  it('are a demo in memory at the usual port, a tick a minute, loopback allowed, when nothing is said', () => {
    expect(readOptions([])).toMatchObject({ demo: true, port: 4680, dataDir: undefined, tickSeconds: 60, once: false });
    expect(allowsLoopback(readOptions([]))).toBe(true);
  });

  it('take ranges instead of loopback', () => {
    const options = readOptions(['--allow-private', '10.0.0.0/8, fd00::/8']);
    expect(options.allowedPrivateCidrs).toEqual(['10.0.0.0/8', 'fd00::/8']);
    expect(allowsLoopback(options)).toBe(false);
    expect(allowsLoopback(readOptions(['--allow-private', '10.0.0.0/8,127.0.0.0/8']))).toBe(true);
  });

  it.each([
    [['--port', '65536'], '--port takes a port from 0 to 65535, not "65536"'],
    [['--port', 'x', '--tick', '0'], '--port takes a port from 0 to 65535, not "x"\n--tick takes whole seconds'],
    [['--tick', '601'], '--tick takes whole seconds from 1 to 600, not "601"'],
    [['--allow-private', '10.0.0.0/8,nonsense'], '--allow-private takes CIDRs such as 10.0.0.0/8, not "nonsense"'],
    [['--data', ''], '--data takes a directory'],
    [['--once', '--empty'], '--once waits for the demo integrations'],
    [['--nope'], "Unknown option '--nope'"],
  ])('says what is wrong with %j', (args, problem) => {
    expect(() => readOptions(args)).toThrow(problem);
  });
});
