/** Asks again every second until the answer is there; fails with what was seen last. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  is: (answer: T) => boolean,
  seconds: number,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (is(answer)) return answer;
    if (performance.now() > end) {
      throw new Error(`${what} did not come within ${seconds} s; last seen: ${JSON.stringify(answer)?.slice(0, 2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
