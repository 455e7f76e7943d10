import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  ConfigurationError,
  commonConfiguration,
  configurationVariables,
  loadConfiguration,
  portSchema,
  withRules,
} from './configuration.ts';

const schema = commonConfiguration.extend({
  PORT: portSchema.default(4000).describe('Port to listen on'),
  DATABASE_URL: z.string().describe('PostgreSQL connection string'),
  SIZE: z.coerce.number().int().describe('Size in bytes'),
});

describe('loadConfiguration', () => {
  it('reads numbers, applies defaults and takes an empty variable for absent', () => {
    const configuration = loadConfiguration(schema, { DATABASE_URL: 'x', SIZE: '5', PORT: '' });
    expect(configuration).toMatchObject({ PORT: 4000, SIZE: 5, HOST: '127.0.0.1', TRUST_PROXY: 0 });
  });

  it('says all that is missing or wrong at once, with what each variable means', () => {
    let thrown: unknown;
    try {
      loadConfiguration(schema, { SIZE: 'many', PORT: '99999' });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigurationError);
    expect((thrown as ConfigurationError).problems).toEqual([
      expect.stringMatching(/^PORT: .*\(Port to listen on\)$/),
      'DATABASE_URL is missing (PostgreSQL connection string)',
      expect.stringMatching(/^SIZE: .*\(Size in bytes\)$/),
    ]);
  });
});

describe('withRules', () => {
  const ruled = withRules(schema.extend({ FOLDER: z.string().optional().describe('or SERVER') }), {
    FOLDER: (given) => given.DATABASE_URL !== 'elsewhere',
  });
  const problemsOf = (environment: Record<string, string>): readonly string[] => {
    try {
      loadConfiguration(ruled, environment);
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
    }
    return [];
  };

  it('asks for a variable where others make it necessary, and only there', () => {
    expect(problemsOf({ DATABASE_URL: 'x', SIZE: '5' })).toEqual(['FOLDER is missing (or SERVER)']);
    expect(problemsOf({ DATABASE_URL: 'x', SIZE: '5', FOLDER: 'f' })).toEqual([]);
    expect(problemsOf({ DATABASE_URL: 'elsewhere', SIZE: '5' })).toEqual([]);
  });

  it('names it together with all that is missing besides', () => {
    expect(problemsOf({})).toEqual([
      'DATABASE_URL is missing (PostgreSQL connection string)',
      'SIZE is missing (Size in bytes)',
      'FOLDER is missing (or SERVER)',
    ]);
  });
});

describe('configurationVariables', () => {
  it('lists each variable with its meaning, default and whether it must be given', () => {
    expect(configurationVariables(schema)).toEqual(
      expect.arrayContaining([
        { name: 'DATABASE_URL', description: 'PostgreSQL connection string', required: true, default: '' },
        { name: 'PORT', description: 'Port to listen on', required: false, default: '4000' },
      ]),
    );
  });
});
