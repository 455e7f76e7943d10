import { z } from 'zod';

/** Thrown when environment variables are missing or wrong; the message has a line for each of them. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

/** A TCP port from text. */
export const portSchema = z.coerce.number().int().min(0).max(65_535);

/** Variables that every service has. Each service extends this object with its own. */
export const commonConfiguration = z.object({
  HOST: z.string().default('127.0.0.1').describe('Address to listen on; 0.0.0.0 in a container'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least severe log line that is written'),
  TRUST_PROXY: z.coerce
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('How many reverse proxies in front may set X-Forwarded-*'),
  STOP_TIMEOUT_SECONDS: z.coerce
    .number()
    .positive()
    .default(20)
    .describe('Longest wait for requests in flight when asked to stop'),
});

/** When a variable must be given, by the values of the others; those that are missing or wrong are absent. */
export type ConfigurationRules = Readonly<
  Record<string, (given: Readonly<Record<string, unknown>>) => boolean>
>;

/** Makes optional variables necessary where others are set, or are not. Extend the schema before, not after. */
export function withRules<T extends z.ZodObject>(schema: T, rules: ConfigurationRules): T {
  return Object.entries(rules).reduce(
    (ruled, [name, isNeeded]) =>
      ruled.refine((given) => given[name] !== undefined || !isNeeded(given), {
        path: [name],
        message: 'is missing',
        // also when other variables are wrong: all problems are named at once
        when: () => true,
      }),
    schema,
  );
}

/**
 * Reads a service's configuration from its environment; an empty variable counts as absent.
 * @throws {ConfigurationError} naming all problems at once.
 */
export function loadConfiguration<T extends z.ZodObject>(
  schema: T,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<T> {
  const given = Object.fromEntries(
    Object.keys(schema.shape)
      .map((name) => [name, environment[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigurationError(
    result.error.issues.map((issue) => {
      const name = String(issue.path[0] ?? '');
      const missing = !(name in given);
      const description = schema.shape[name]?.description;
      const meaning = description === undefined ? '' : ` (${description})`;
      return missing ? `${name} is missing${meaning}` : `${name}: ${issue.message}${meaning}`;
    }),
  );
}

export interface ConfigurationVariable {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly default: string;
}

/** The rows of the configuration table in the docs. */
export function configurationVariables(schema: z.ZodObject): ConfigurationVariable[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(json.properties ?? {}).map(([name, property]) => {
    const { description, default: value } = typeof property === 'object' ? property : {};
    return {
      name,
      description: description ?? '',
      required: (json.required ?? []).includes(name),
      default: value === undefined ? '' : String(value),
    };
  });
}
