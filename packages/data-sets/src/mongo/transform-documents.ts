import type { Connection, mongo } from 'mongoose';

/** As the columns of the table that PostgreSQL has for them; what is not known is not there. */
export interface TransformDocument {
  readonly _id: string;
  readonly data_set_id: string;
  readonly position: number;
  readonly definition: string;
  readonly after_writes: boolean;
  readonly every_seconds: number | null;
  readonly version: number;
  readonly depth: number;
  readonly failures: number;
  readonly pending_since?: Date;
  readonly pending_from?: Date;
  readonly pending_to?: Date;
  readonly due_at?: Date;
  readonly last_run_at?: Date;
  readonly last_success_at?: Date;
  readonly last_error?: string | null;
}

export function transformsCollection(connection: Connection): mongo.Collection<TransformDocument> {
  // Only transforms.ts writes to it.
  return connection.collection('transforms') as unknown as mongo.Collection<TransformDocument>;
}
