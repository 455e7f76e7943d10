import { parse, stringify } from 'lossless-json';

/** What a descriptor's text holds of a resource's rows. */
interface WithData {
  readonly resources?: readonly { readonly path?: unknown; readonly data?: unknown }[];
}

/**
 * The rows that a resource holds in the descriptor itself, as text with every digit of its numbers;
 * undefined for one that has a path.
 * @param text A descriptor that was found valid.
 */
export function inlineRows(text: string, index: number): string | undefined {
  // most descriptors hold none, and need not be parsed again
  if (!text.includes('"data"')) return undefined;
  // parseDescriptor has seen that it is an object with a list of resources
  const resource = (parse(text.replace(/^\uFEFF/, '')) as WithData).resources?.[index];
  if (resource?.data === undefined || resource.path !== undefined) return undefined;
  return typeof resource.data === 'string' ? resource.data : stringify(resource.data);
}
