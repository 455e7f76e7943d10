/** A value as Python prints it, which is how the messages of the original's JSON Schema library show it. */
export function pythonText(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${value.map(pythonText).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).map(([key, member]) => `${pythonText(key)}: ${pythonText(member)}`);
  return `{${members.join(', ')}}`;
}
