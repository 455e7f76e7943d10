/** Which of the provider's claims lets a person upload. */
export interface UploadRule {
  readonly claim: string;
  readonly value: string;
}

/**
 * True when the claim holds the value: as a text of words, in a list, or as a key that is true, which
 * are the forms that providers give roles, groups and permissions.
 */
export function mayUpload(claims: Readonly<Record<string, unknown>>, { claim, value }: UploadRule): boolean {
  const held = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  if (typeof held === 'string') return held.split(/\s+/).includes(value);
  if (Array.isArray(held)) return held.includes(value);
  if (typeof held !== 'object' || held === null) return false;
  return Object.entries(held).some(([key, allowed]) => key === value && allowed === true);
}
