/** Rules of the contract that an emulator does not keep, by the rule's name. */
const DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  // 1.5: takes any attribute and delay, refuses the handle of a deleted message, lets a gone message be hidden, ignores the queue's
  // own waiting time and RedriveAllowPolicy, and has no message move tasks.
  ministack: [
    'refuses attributes out of range or unknown',
    'is not visible before its delay is over',
    'is hidden from others while it is worked on, and comes again when nobody deleted it',
    'can not be hidden when it is visible or gone',
    'ends with nothing when the time is over, the queue’s own time by default',
    'does for each entry what can be done',
    'needs a queue that is there and allows it',
    'brings dead letters back to where they came from, as new messages',
    'brings them to another queue that is named',
    'starts from dead-letter queues only',
  ],
};

export function knownDifferences(emulator: string | undefined): ReadonlySet<string> {
  if (emulator === undefined) return new Set();
  const differences = DIFFERENCES[emulator];
  if (differences === undefined)
    throw new Error(`SQS_EMULATOR is ${emulator}; known are: ${Object.keys(DIFFERENCES).join()}`);
  return new Set(differences);
}
