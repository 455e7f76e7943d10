import {
  type ClientSession,
  type Connection,
  type InferSchemaType,
  type mongo,
  Schema,
  Types,
} from 'mongoose';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { type DataSet, type DataSetSettings, dataSetSettingsSchema } from '../catalogue/data-set.ts';
import { CREATED, RECEIPT_HOURS, type Receipt } from '../store/receipt.ts';
import { isDuplicateKey, type MongoConnection } from './connection.ts';
import { forgetKeptAnswers } from './kept.ts';
import { receiptsCollection } from './receipts.ts';
import { forgetTouches } from './touches.ts';
import { transformsCollection } from './transform-documents.ts';

const CATALOGUE = 'data_sets';

const schema = new Schema(
  {
    name: { type: String, required: true, unique: true },
    data_group: { type: String, required: true },
    data_type: { type: String, required: true },
    token_hash: { type: String, default: null },
    settings: { type: Schema.Types.Mixed, required: true },
    /** A JSON Schema as text: its `$ref` would be a reference of MongoDB's own. */
    schema_text: { type: String, default: null },
    previous_token_hash: { type: String, default: null },
    previous_token_until: { type: Date, default: null },
    /** The kept answer to the request that made it. */
    creation: { type: { _id: false, key_hash: String, fingerprint: String, body: String, at: Date } },
  },
  { collection: CATALOGUE, versionKey: false, minimize: false },
).index({ data_group: 1, data_type: 1 }, { unique: true });

type CatalogueDocument = InferSchemaType<typeof schema> & { _id: Types.ObjectId };

/** Settings as they are kept: the schema beside the others. */
function toFields({ schema: jsonSchema, ...settings }: Partial<DataSetSettings>) {
  return {
    settings,
    ...(jsonSchema !== undefined && { schema_text: jsonSchema && JSON.stringify(jsonSchema) }),
  };
}

function toDataSet(document: CatalogueDocument): DataSet {
  const { previous_token_hash: hash, previous_token_until: until, schema_text: schemaText } = document;
  const settings: unknown = document.settings;
  const jsonSchema: unknown = schemaText ? JSON.parse(schemaText) : null;
  return {
    ...(hash && until && { previousToken: { hash, until } }),
    id: document._id.toHexString(),
    name: document.name,
    dataGroup: document.data_group,
    dataType: document.data_type,
    tokenHash: document.token_hash ?? null,
    settings: dataSetSettingsSchema.parse({ ...Object(settings), schema: jsonSchema }),
  };
}

function creationOf(receipt: Receipt | undefined) {
  if (receipt === undefined) return {};
  const { keyHash, fingerprint, body } = receipt;
  return { creation: { key_hash: keyHash, fingerprint, body, at: new Date() } };
}

export function recordsCollection(connection: Connection, { id }: Pick<DataSet, 'id'>) {
  return connection.collection(`records_${id}`);
}

export async function hasDataSet(connection: Connection, { id }: Pick<DataSet, 'id'>): Promise<boolean> {
  const found = await connection.collection(CATALOGUE).countDocuments({ _id: new Types.ObjectId(id) });
  return found === 1;
}

/** Makes transactions over one data set come one after the other: two that change one document cannot both commit. */
export async function takeTurns(session: ClientSession, connection: Connection, { id }: Pick<DataSet, 'id'>) {
  const filter = { _id: new Types.ObjectId(id) };
  await connection.collection(CATALOGUE).updateOne(filter, { $inc: { turns: 1 } }, { session });
}

/** The catalogue in the collection `data_sets`. */
export function createMongoCatalogue({ connection, run }: MongoConnection): Catalogue {
  const model = connection.model('DataSet', schema);
  let indexed: Promise<unknown> | undefined;
  const find = (filter: Record<string, { $eq: string }>) =>
    run(async () => {
      const document = await model.findOne(filter).lean<CatalogueDocument>();
      return document ? toDataSet(document) : undefined;
    });

  const change = ({ id }: DataSet, update: mongo.UpdateFilter<CatalogueDocument> | mongo.Document[]) =>
    run(async () => {
      // The documents of this collection are those of the model.
      const documents = connection.collection(CATALOGUE) as unknown as mongo.Collection<CatalogueDocument>;
      const document = await documents.findOneAndUpdate({ _id: new Types.ObjectId(id) }, update, {
        returnDocument: 'after',
      });
      return document ? toDataSet(document) : undefined;
    });

  return {
    create: ({ name, dataGroup, dataType, tokenHash, settings }, receipt) =>
      run(async () => {
        indexed ??= model.createIndexes();
        await indexed.catch((error: unknown) => {
          indexed = undefined;
          throw error;
        });
        try {
          const _id = new Types.ObjectId();
          const keys = { data_group: dataGroup, data_type: dataType, token_hash: tokenHash };
          await model.create({ _id, name, ...keys, ...toFields(settings), ...creationOf(receipt) });
          return { id: _id.toHexString(), name, dataGroup, dataType, tokenHash, settings };
        } catch (error) {
          if (isDuplicateKey(error)) return undefined;
          throw error;
        }
      }),
    findCreation: (keyHash) =>
      run(async () => {
        const since = new Date(Date.now() - RECEIPT_HOURS * 3_600_000);
        const made = { 'creation.key_hash': { $eq: keyHash }, 'creation.at': { $gt: since } };
        const { creation } = (await model.findOne(made).lean<CatalogueDocument>()) ?? {};
        if (!creation?.fingerprint || !creation.body) return undefined;
        return { keyHash, status: CREATED, fingerprint: creation.fingerprint, body: creation.body };
      }),
    findByName: (name) => find({ name: { $eq: name } }),
    findByPair: ({ dataGroup, dataType }) =>
      find({ data_group: { $eq: dataGroup }, data_type: { $eq: dataType } }),
    list: () =>
      run(async () => (await model.find().sort({ name: 1 }).lean<CatalogueDocument[]>()).map(toDataSet)),
    update: (dataSet, { settings = {}, tokenHash }) => {
      const { settings: plain, ...schemaField } = toFields(settings);
      const changed = Object.entries(plain).map(([key, value]) => [`settings.${key}`, value]);
      const token = { token_hash: tokenHash, previous_token_hash: null, previous_token_until: null };
      return change(dataSet, {
        $set: { ...Object.fromEntries(changed), ...schemaField, ...(tokenHash !== undefined && token) },
      });
    },
    rotateToken: (dataSet, { tokenHash, previousUntil }) =>
      change(dataSet, [
        {
          $set: {
            previous_token_hash: previousUntil === null ? null : '$token_hash',
            previous_token_until: previousUntil,
            token_hash: { $literal: tokenHash },
          },
        },
      ]),
    remove: (dataSet) =>
      run(async () => {
        const { deletedCount } = await model.deleteOne({ _id: new Types.ObjectId(dataSet.id) });
        await recordsCollection(connection, dataSet).drop();
        await forgetTouches(connection, dataSet);
        await transformsCollection(connection).deleteMany({ data_set_id: dataSet.id });
        await forgetKeptAnswers(connection, dataSet);
        await receiptsCollection(connection).deleteMany({ data_set: dataSet.id });
        return deletedCount === 1;
      }),
  };
}
