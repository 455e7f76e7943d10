import type { CubeModel, Dimension } from './cube-model.ts';

/** A measure's aggregates and `_count`, by ref. */
function aggregatesOf(model: CubeModel) {
  const ofMeasures = Object.entries(model.measures).flatMap(([measure, { label, aggregates }]) =>
    aggregates.map((name) => {
      const ref = `${measure}.${name}`;
      return [ref, { label: `${label} (${name})`, ref, function: name, measure }] as const;
    }),
  );
  const count = { label: 'Facts', ref: '_count', function: 'count' } as const;
  return Object.fromEntries<{ label: string; ref: string; function: string; measure?: string }>([
    ...ofMeasures,
    ['_count', count],
  ]);
}

function presentDimension(model: CubeModel, name: string, dimension: Dimension) {
  const label = dimension.label_attribute ?? dimension.key_attribute;
  const hierarchy = Object.entries(model.hierarchies).find(([, { levels }]) => levels.includes(name));
  return {
    ...dimension,
    ref: name,
    label_attribute: label,
    label_ref: `${name}.${label}`,
    key_ref: `${name}.${dimension.key_attribute}`,
    hierarchy: hierarchy?.[0] ?? name,
    attributes: Object.fromEntries(
      Object.entries(dimension.attributes).map(([attribute, entry]) => [
        attribute,
        { ...entry, ref: `${name}.${attribute}` },
      ]),
    ),
  };
}

/** The model as babbage's clients read it (cubes.md 5.2): the stored one with refs, aggregates and hierarchies. */
export function presentModel(model: CubeModel) {
  return {
    fact_table: model.fact_table,
    measures: Object.fromEntries(
      Object.entries(model.measures).map(([name, measure]) => [name, { ...measure, ref: name }]),
    ),
    dimensions: Object.fromEntries(
      Object.entries(model.dimensions).map(([name, dimension]) => [
        name,
        presentDimension(model, name, dimension),
      ]),
    ),
    aggregates: aggregatesOf(model),
    hierarchies: Object.fromEntries(
      Object.entries(model.hierarchies).map(([name, hierarchy]) => [name, { ref: name, ...hierarchy }]),
    ),
  };
}
