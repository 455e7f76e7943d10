import { z } from 'zod';

const origin = z
  .url({ protocol: /^https?$/ })
  .refine((text) => new URL(text).origin === text, 'must be a bare origin, such as https://s3.example.org');

/** The environment variables that say where files are: in a folder, or on S3. For each service's configuration. */
export const filesVariables = {
  FILES_FOLDER: z
    .string()
    .min(1)
    .optional()
    .describe('Folder of the object store on disk; not needed when S3_ENDPOINT is set'),
  S3_ENDPOINT: origin.optional().describe('S3 server for files instead of FILES_FOLDER'),
  S3_PUBLIC_ENDPOINT: origin
    .optional()
    .describe('Address of the S3 server for clients, who upload to it; default S3_ENDPOINT'),
  S3_REGION: z.string().min(1).default('us-east-1').describe('Region of the S3 server'),
  S3_BUCKET: z.string().min(3).optional().describe('Bucket on the S3 server; npm run migrate makes it'),
  S3_ACCESS_KEY_ID: z.string().min(1).optional().describe('Access key of the S3 server'),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional().describe('Secret of that access key'),
  S3_FORCE_PATH_STYLE: z
    .stringbool()
    .default(true)
    .describe('The bucket is in the path of addresses; false: in the host name'),
};

const filesSchema = z.object(filesVariables);

export type FilesConfiguration = z.output<typeof filesSchema>;

const onS3 = (given: Readonly<Record<string, unknown>>) => given.S3_ENDPOINT !== undefined;

/** Variables of `filesVariables` that must be given when others are, or are not. */
export const filesRules = {
  S3_BUCKET: onS3,
  S3_ACCESS_KEY_ID: onS3,
  S3_SECRET_ACCESS_KEY: onS3,
};
