interface Described {
  readonly name?: string | undefined;
  readonly data_group?: string | undefined;
  readonly data_type?: string | undefined;
  readonly schema?: Readonly<Record<string, unknown>> | null | undefined;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** What a data set shows of itself, by JSON pointers: its names, and the title and description of its schema. */
export function dataSetTexts({ name, data_group, data_type, schema }: Described) {
  return {
    ...{ '/name': name, '/data_group': data_group, '/data_type': data_type },
    '/schema/title': textOf(schema?.title),
    '/schema/description': textOf(schema?.description),
  };
}
