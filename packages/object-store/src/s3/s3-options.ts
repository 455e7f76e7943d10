/** One bucket of any S3, and the keys to it. */
export interface S3Options {
  /** Origin that this process reaches. */
  readonly endpoint: string;
  /** Origin that clients reach, for which addresses are signed; default `endpoint`. */
  readonly publicEndpoint?: string | undefined;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `endpoint/bucket/key` (default) instead of `bucket.endpoint/key`. */
  readonly forcePathStyle?: boolean | undefined;
}
