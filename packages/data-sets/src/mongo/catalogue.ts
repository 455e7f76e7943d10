import { type Connection, type InferSchemaType, Schema, Types } from 'mongoose';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { type DataSet, dataSetSettingsSchema } from '../catalogue/data-set.ts';
import { isDuplicateKey, type MongoConnection } from './connection.ts';
import { forgetTouches } from './touches.ts';

const CATALOGUE = 'data_sets';

const schema = new Schema(
  {
    name: { type: String, required: true, unique: true },
    data_group: { type: String, required: true },
    data_type: { type: String, required: true },
    token_hash: { type: String, default: null },
    settings: { type: Schema.Types.Mixed, required: true },
  },
  { collection: CATALOGUE, versionKey: false, minimize: false },
).index({ data_group: 1, data_type: 1 }, { unique: true });

type CatalogueDocument = InferSchemaType<typeof schema> & { _id: Types.ObjectId };

function toDataSet(document: CatalogueDocument): DataSet {
  return {
    id: document._id.toHexString(),
    name: document.name,
    dataGroup: document.data_group,
    dataType: document.data_type,
    tokenHash: document.token_hash ?? null,
    settings: dataSetSettingsSchema.parse(document.settings),
  };
}

export function recordsCollection(connection: Connection, { id }: Pick<DataSet, 'id'>) {
  return connection.collection(`records_${id}`);
}

export async function hasDataSet(connection: Connection, { id }: Pick<DataSet, 'id'>): Promise<boolean> {
  const found = await connection.collection(CATALOGUE).countDocuments({ _id: new Types.ObjectId(id) });
  return found === 1;
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

  return {
    create: ({ name, dataGroup, dataType, tokenHash, settings }) =>
      run(async () => {
        indexed ??= model.createIndexes();
        await indexed.catch((error: unknown) => {
          indexed = undefined;
          throw error;
        });
        try {
          const _id = new Types.ObjectId();
          const keys = { data_group: dataGroup, data_type: dataType, token_hash: tokenHash };
          await model.create({ _id, name, ...keys, settings });
          return { id: _id.toHexString(), name, dataGroup, dataType, tokenHash, settings };
        } catch (error) {
          if (isDuplicateKey(error)) return undefined;
          throw error;
        }
      }),
    findByName: (name) => find({ name: { $eq: name } }),
    findByPair: ({ dataGroup, dataType }) =>
      find({ data_group: { $eq: dataGroup }, data_type: { $eq: dataType } }),
    list: () =>
      run(async () => (await model.find().sort({ name: 1 }).lean<CatalogueDocument[]>()).map(toDataSet)),
    remove: (dataSet) =>
      run(async () => {
        const { deletedCount } = await model.deleteOne({ _id: new Types.ObjectId(dataSet.id) });
        await recordsCollection(connection, dataSet).drop();
        await forgetTouches(connection, dataSet);
        return deletedCount === 1;
      }),
  };
}
