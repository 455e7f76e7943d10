import fc from 'fast-check';

/**
 * A property that is checked for `seconds` and then holds unseen. The limit bounds the work and promises no speed: the first case is
 * checked however long it takes, no case is left half done (fast-check's own limit fails a property whose first case is slow, and
 * lets the interrupted one go on beside what comes next), and a failure is made small without a limit.
 */
export function propertyWithin<Case>(
  seconds: number,
  cases: fc.Arbitrary<Case>,
  check: (given: Case) => Promise<void>,
) {
  let end: number | undefined;
  let hasFailed = false;
  return fc.asyncProperty(cases, async (given) => {
    if (end !== undefined && Date.now() > end && !hasFailed) return;
    end ??= Date.now() + seconds * 1000;
    try {
      await check(given);
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  });
}
