import { z } from 'zod';

const text = z
  .string()
  .nullish()
  .catch('')
  .transform((value) => value ?? '');
const flag = z.boolean().catch(false);

const message = z.object({ text: z.string(), type: z.string().catch('info') });
const messages = z
  .array(message.nullable().catch(null))
  .nullish()
  .catch([])
  .transform((all) => (all ?? []).filter((one) => one !== null));

const label = z
  .object({ label: z.object({ text }).nullish() })
  .nullish()
  .catch(null)
  .transform((meta) => meta?.label?.text ?? '');

const inputAttributes = z.object({
  node_type: z.literal('input').catch('input'),
  name: z.string().min(1).max(500),
  type: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]).nullish().catch(null),
  required: flag,
  disabled: flag,
  autocomplete: text,
});

const node = z.discriminatedUnion('type', [
  z.object({ type: z.literal('input'), group: text, attributes: inputAttributes, messages, meta: label }),
  z.object({
    ...{ type: z.literal('text'), group: text, messages, meta: label },
    attributes: z.object({ text: z.object({ text }) }),
  }),
  z.object({
    ...{ type: z.literal('img'), group: text, messages, meta: label },
    // the picture of a second factor's secret stands in the address itself
    attributes: z.object({ src: z.string().regex(/^data:image\/(png|svg\+xml|jpeg|gif);/) }),
  }),
  z.object({
    ...{ type: z.literal('a'), group: text, messages, meta: label },
    attributes: z.object({
      href: z.url({ protocol: /^https?$/ }),
      title: z
        .object({ text })
        .nullish()
        .transform((title) => title?.text ?? ''),
    }),
  }),
]);

/** A flow as our pages show it. What needs scripts, or is not known, is left out: it could do nothing. */
export const flowSchema = z.object({
  id: z.string().min(1).max(200),
  return_to: z.string().nullish().catch(null),
  /** Of recovery and verification: what was done. */
  state: text,
  ui: z.object({
    action: z.url({ protocol: /^https?$/ }),
    method: z.string().catch('POST'),
    nodes: z.array(node.nullable().catch(null)).transform((nodes) => nodes.filter((one) => one !== null)),
    messages,
  }),
});

export type KratosFlow = z.output<typeof flowSchema>;
export type KratosNode = KratosFlow['ui']['nodes'][number];
export type KratosMessage = z.output<typeof message>;
