import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '@flyloft/service-kit';

/** The functions that a module exports, by name. */
export type ModuleFunctions = Readonly<Record<string, (...values: readonly unknown[]) => unknown>>;

/**
 * Loads a module that an operator named: a package, or a path from the working directory that starts
 * with a dot or slash.
 * @throws {ConfigurationError} naming the variable, when it cannot be loaded or exports none of these.
 */
export async function loadModule(
  name: string,
  variable: string,
  names: readonly string[],
): Promise<ModuleFunctions> {
  const address = /^[./]/.test(name) ? pathToFileURL(resolve(name)).href : name;
  const loaded: unknown = await import(address).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError([`${variable}: the module "${name}" cannot be loaded: ${reason}`]);
  });
  const functions = Object.entries(loaded ?? {}).filter(
    (entry): entry is [string, ModuleFunctions[string]] =>
      names.includes(entry[0]) && typeof entry[1] === 'function',
  );
  if (functions.length > 0) return Object.fromEntries(functions);
  throw new ConfigurationError([`${variable}: the module "${name}" exports none of ${names.join(', ')}`]);
}

/** Rejects when it takes longer than this; what runs on is nobody's any more. */
export async function within<T>(milliseconds: number, work: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([Promise.resolve().then(work), late]);
  } finally {
    clearTimeout(timer);
  }
}
