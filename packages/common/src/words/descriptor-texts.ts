const NAMED = ['name', 'title', 'description'] as const;

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

function textsAt(value: Json, pointer: string): [string, string][] {
  return NAMED.flatMap((name): [string, string][] => {
    const text = Object.hasOwn(value, name) ? value[name] : undefined;
    return typeof text === 'string' ? [[`${pointer}/${name}`, text]] : [];
  });
}

/** What a data package shows of itself, and of its resources, by JSON pointers: names, titles, descriptions. */
export function descriptorTexts(descriptor: unknown): Record<string, string> {
  if (!isObject(descriptor)) return {};
  const resources = Array.isArray(descriptor.resources) ? descriptor.resources : [];
  const ofResources = resources.flatMap((resource: unknown, index) =>
    isObject(resource) ? textsAt(resource, `/resources/${index}`) : [],
  );
  return Object.fromEntries([...textsAt(descriptor, ''), ...ofResources]);
}
