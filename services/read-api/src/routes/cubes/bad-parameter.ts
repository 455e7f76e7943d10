import { problem } from '@flyloft/common';

export function badParameter(parameter: string, detail: string): never {
  throw problem('invalid_parameter', `${parameter}: ${detail}`, { errors: [{ parameter, detail }] });
}
