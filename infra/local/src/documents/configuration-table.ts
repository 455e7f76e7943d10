import { join } from 'node:path';
import { commonConfiguration, configurationVariables } from '@flyloft/service-kit';
import { repositoryRoot } from '../platform/repository-root.ts';
import { SERVICES, type ServiceName } from '../platform/services.ts';

type Configuration = typeof commonConfiguration;

async function configurationOf(service: ServiceName): Promise<Configuration> {
  // Services may not be imported by name: their compiled configuration is read by its place.
  const module: unknown = await import(join(repositoryRoot, 'services', service, 'dist/config.js'));
  if (typeof module === 'object' && module !== null && 'configuration' in module) {
    // by convention a zod object that extends commonConfiguration
    return module.configuration as Configuration;
  }
  throw new Error(`services/${service}/src/config.ts exports no "configuration"`);
}

function table(configuration: Configuration, without: ReadonlySet<string>): string {
  const rows = configurationVariables(configuration)
    .filter(({ name }) => !without.has(name))
    .map(({ name, description, required, default: value }) => {
      const standard = required ? '**must be given**' : value === '' ? '' : `\`${value}\``;
      return `| \`${name}\` | ${description.replaceAll('|', '\\|')} | ${standard} |`;
    });
  return ['| variable | meaning | default |', '| --- | --- | --- |', ...rows].join('\n');
}

/** docs/configuration.md, from the configuration schema of every service. */
export async function configurationTable(): Promise<string> {
  const common = new Set(Object.keys(commonConfiguration.shape));
  const sections = [`## Every service\n\n${table(commonConfiguration, new Set())}`];
  for (const service of SERVICES) {
    sections.push(`## ${service}\n\n${table(await configurationOf(service), common)}`);
  }
  return `# Configuration

<!-- Written by "npm run docs" from each service's src/config.ts. -->

Services are configured by environment variables alone. An empty variable counts as absent. A service that lacks one, or is given a wrong one, names all
problems at once and ends with status 1. \`npm start\` sets them for the local stack; what you set yourself is passed on.

${sections.join('\n\n')}
`;
}
