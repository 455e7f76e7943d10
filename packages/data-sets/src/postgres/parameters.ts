/** Collects the values of a statement; values always go as parameters, never into its text. */
export interface SqlParameters {
  /** Adds a value; answers its placeholder. The same value twice is one parameter. */
  readonly add: (value: string | boolean, sqlType: 'text' | 'boolean' | 'timestamptz' | 'numeric') => string;
  readonly values: readonly (string | boolean)[];
}

export function createParameters(): SqlParameters {
  const values: (string | boolean)[] = [];
  const placeholders = new Map<string, string>();
  return {
    values,
    add: (value, sqlType) => {
      const name = `${sqlType} ${value}`;
      const known = placeholders.get(name);
      if (known !== undefined) return known;
      values.push(value);
      const placeholder = `$${values.length}::${sqlType}`;
      placeholders.set(name, placeholder);
      return placeholder;
    },
  };
}
