import { ensureBucket, filesRules, filesVariables, s3OptionsOf } from '@flyloft/object-store';
import { ConfigurationError, commonConfiguration, loadConfiguration, withRules } from '@flyloft/service-kit';
import { ExpectedError } from './expected-error.ts';

const configuration = withRules(commonConfiguration.extend(filesVariables), filesRules);

const reasonOf = (error: unknown) => (error instanceof Error ? error.message || error.name : String(error));

/**
 * Makes the bucket that the S3 variables name, if they are set and it is not there.
 * @throws {ExpectedError}
 */
export async function prepareFiles(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<'disk' | 's3'> {
  try {
    const s3 = s3OptionsOf(loadConfiguration(configuration, environment));
    if (s3 === undefined) return 'disk';
    await ensureBucket(s3).catch((cause: unknown) => {
      throw new ExpectedError(
        `The bucket ${s3.bucket} at ${s3.endpoint} (S3_ENDPOINT) cannot be made: ${reasonOf(cause)}`,
        { cause },
      );
    });
    return 's3';
  } catch (error) {
    throw error instanceof ConfigurationError ? new ExpectedError(error.message, { cause: error }) : error;
  }
}
