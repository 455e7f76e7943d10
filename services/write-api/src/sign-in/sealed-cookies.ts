import { createHash } from 'node:crypto';
import { problem } from '@flyloft/common';
import { parse, serialize } from 'cookie';
import type { Request, Response } from 'express';
import { EncryptJWT, jwtDecrypt } from 'jose';
import type { z } from 'zod';

/** Cookies that only this service (every replica with the same key) can read or make. */
export interface SealedCookies {
  readonly set: (
    res: Response,
    name: string,
    value: Record<string, unknown>,
    seconds: number,
  ) => Promise<void>;
  /** Undefined when it is not there, has expired, or is not ours. */
  readonly get: <Schema extends z.ZodType>(
    req: Request,
    name: string,
    schema: Schema,
  ) => Promise<z.output<Schema> | undefined>;
  readonly clear: (res: Response, name: string) => void;
}

export function createSealedCookies(options: {
  readonly key: string;
  readonly isSecure: boolean;
}): SealedCookies {
  const key = createHash('sha256').update(`write-api cookies ${options.key}`).digest();
  const attributes = { httpOnly: true, secure: options.isSecure, sameSite: 'lax', path: '/' } as const;
  return {
    set: async (res, name, value, seconds) => {
      const sealed = await new EncryptJWT({ value })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setAudience(name)
        .setExpirationTime(new Date(Date.now() + seconds * 1000))
        .encrypt(key);
      if (sealed.length > 4_000) throw problem('too_large', 'The provider tells more than a cookie can hold');
      res.append('Set-Cookie', serialize(name, sealed, { ...attributes, maxAge: seconds }));
    },
    get: async (req, name, schema) => {
      const sealed = parse(req.get('cookie') ?? '')[name];
      if (sealed === undefined) return undefined;
      try {
        const { payload } = await jwtDecrypt(sealed, key, { audience: name });
        return schema.safeParse(payload.value).data;
      } catch {
        return undefined;
      }
    },
    clear: (res, name) => {
      res.append('Set-Cookie', serialize(name, '', { ...attributes, maxAge: 0 }));
    },
  };
}
