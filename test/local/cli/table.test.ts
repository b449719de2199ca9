import { describe, expect, it } from 'vitest';
import { plain, table } from '../../../local/cli/table.ts';

describe('tables', () => {
  it('lines columns up, numbers to the right, and shows what is absent as a dash', () => {
    expect(
      table(
        ['name', 'runs', 'why'],
        [
          ['a', 7, null],
          ['longer', 1200, 'because'],
        ],
      ).split('\n'),
    ).toEqual(['name    runs  why', 'a          7  -', 'longer  1200  because']);
  });

  it('lets no name from outside move the cursor or colour the terminal', () => {
    expect(plain('a\u001b[2Jb\r\nc\u202ed')).toBe('a·[2Jb··c·d');
  });
});
