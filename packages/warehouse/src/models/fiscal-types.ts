import type { FieldType } from '../descriptor/field-schema.ts';

/** What a column type of the fiscal taxonomy says of a column. */
export interface FiscalType {
  readonly dataType: FieldType;
  /** None for values, which are measures. */
  readonly dimensionType?: string;
  readonly classificationType?: string;
  /** Whether it identifies a member of its dimension. */
  readonly isKey: boolean;
  /** The type one level up. */
  readonly parent?: string;
  /** The type that it is the label of. */
  readonly labelFor?: string;
}

/** Types for columns of whatever kind, without a meaning: `unknown:string-1:code` … `unknown:string-40:label`. */
const UNKNOWN_DIMENSIONS = 40;

/**
 * The table of the `os-types` package (1.17, MIT), a line for each type: name, data type, dimension type,
 * and what else is said of it. A test holds it equal to the package's own.
 */
const TABLE = `
activity:generic:contract:code string activity key parent=activity:generic:subproject:code
activity:generic:contract:label string activity labelfor=activity:generic:contract:code
activity:generic:program:code string activity key
activity:generic:program:label string activity labelfor=activity:generic:program:code
activity:generic:subprogram:code string activity key parent=activity:generic:program:code
activity:generic:subprogram:label string activity labelfor=activity:generic:subprogram:code
activity:generic:project:code string activity key parent=activity:generic:subprogram:code
activity:generic:project:label string activity labelfor=activity:generic:project:code
activity:generic:subproject:code string activity key parent=activity:generic:project:code
activity:generic:subproject:label string activity labelfor=activity:generic:subproject:code
activity:generic:subproject:kind string activity
administrative-classification:generic:code string classification class=administrative key
administrative-classification:generic:description string classification class=administrative
administrative-classification:generic:label string classification class=administrative labelfor=administrative-classification:generic:code
administrative-classification:generic:level1:code string classification class=administrative key
administrative-classification:generic:level1:description string classification class=administrative
administrative-classification:generic:level1:label string classification class=administrative labelfor=administrative-classification:generic:level1:code
administrative-classification:generic:level2:code string classification class=administrative key parent=administrative-classification:generic:level1:code
administrative-classification:generic:level2:description string classification class=administrative
administrative-classification:generic:level2:label string classification class=administrative labelfor=administrative-classification:generic:level2:code
administrative-classification:generic:level3:code string classification class=administrative key parent=administrative-classification:generic:level2:code
administrative-classification:generic:level3:description string classification class=administrative
administrative-classification:generic:level3:label string classification class=administrative labelfor=administrative-classification:generic:level3:code
administrative-classification:generic:level4:code string classification class=administrative key parent=administrative-classification:generic:level3:code
administrative-classification:generic:level4:description string classification class=administrative
administrative-classification:generic:level4:label string classification class=administrative labelfor=administrative-classification:generic:level4:code
administrative-classification:generic:level5:code string classification class=administrative key parent=administrative-classification:generic:level4:code
administrative-classification:generic:level5:description string classification class=administrative
administrative-classification:generic:level5:label string classification class=administrative labelfor=administrative-classification:generic:level5:code
administrative-classification:generic:level6:code string classification class=administrative key parent=administrative-classification:generic:level5:code
administrative-classification:generic:level6:description string classification class=administrative
administrative-classification:generic:level6:label string classification class=administrative labelfor=administrative-classification:generic:level6:code
administrative-classification:generic:level7:code string classification class=administrative key parent=administrative-classification:generic:level6:code
administrative-classification:generic:level7:description string classification class=administrative
administrative-classification:generic:level7:label string classification class=administrative labelfor=administrative-classification:generic:level7:code
administrative-classification:generic:level8:code string classification class=administrative key parent=administrative-classification:generic:level7:code
administrative-classification:generic:level8:description string classification class=administrative
administrative-classification:generic:level8:label string classification class=administrative labelfor=administrative-classification:generic:level8:code
administrator:generic:id string entity key
administrator:generic:name string entity labelfor=administrator:generic:id
budget-line-id string fact key
date:fiscal-year integer datetime key
date:fiscal-month integer datetime key parent=date:fiscal-year
date:generic date datetime key
date:fiscal:activity-start date datetime key
date:fiscal:activity-end date datetime key
date:fiscal:activity-approval date datetime key
date:fiscal:first-payment date datetime key
date:fiscal:final-payment date datetime key
direction string other key
economic-classification:generic:code string classification class=economic key
economic-classification:generic:description string classification class=economic
economic-classification:generic:label string classification class=economic labelfor=economic-classification:generic:code
economic-classification:generic:level1:code string classification class=economic key
economic-classification:generic:level1:description string classification class=economic
economic-classification:generic:level1:label string classification class=economic labelfor=economic-classification:generic:level1:code
economic-classification:generic:level2:code string classification class=economic key parent=economic-classification:generic:level1:code
economic-classification:generic:level2:description string classification class=economic
economic-classification:generic:level2:label string classification class=economic labelfor=economic-classification:generic:level2:code
economic-classification:generic:level3:code string classification class=economic key parent=economic-classification:generic:level2:code
economic-classification:generic:level3:description string classification class=economic
economic-classification:generic:level3:label string classification class=economic labelfor=economic-classification:generic:level3:code
economic-classification:generic:level4:code string classification class=economic key parent=economic-classification:generic:level3:code
economic-classification:generic:level4:description string classification class=economic
economic-classification:generic:level4:label string classification class=economic labelfor=economic-classification:generic:level4:code
economic-classification:generic:level5:code string classification class=economic key parent=economic-classification:generic:level4:code
economic-classification:generic:level5:description string classification class=economic
economic-classification:generic:level5:label string classification class=economic labelfor=economic-classification:generic:level5:code
economic-classification:generic:level6:code string classification class=economic key parent=economic-classification:generic:level5:code
economic-classification:generic:level6:description string classification class=economic
economic-classification:generic:level6:label string classification class=economic labelfor=economic-classification:generic:level6:code
economic-classification:generic:level7:code string classification class=economic key parent=economic-classification:generic:level6:code
economic-classification:generic:level7:description string classification class=economic
economic-classification:generic:level7:label string classification class=economic labelfor=economic-classification:generic:level7:code
economic-classification:generic:level8:code string classification class=economic key parent=economic-classification:generic:level7:code
economic-classification:generic:level8:description string classification class=economic
economic-classification:generic:level8:label string classification class=economic labelfor=economic-classification:generic:level8:code
economic-classification:gfsm:level1:code string classification class=economic key
economic-classification:gfsm:level1:description string classification class=economic
economic-classification:gfsm:level1:label string classification class=economic labelfor=economic-classification:gfsm:level1:code
economic-classification:gfsm:level2:code string classification class=economic key parent=economic-classification:gfsm:level1:code
economic-classification:gfsm:level2:description string classification class=economic
economic-classification:gfsm:level2:label string classification class=economic labelfor=economic-classification:gfsm:level2:code
economic-classification:gfsm:level3:code string classification class=economic key parent=economic-classification:gfsm:level2:code
economic-classification:gfsm:level3:description string classification class=economic
economic-classification:gfsm:level3:label string classification class=economic labelfor=economic-classification:gfsm:level3:code
economic-classification:gfsm:level4:code string classification class=economic key parent=economic-classification:gfsm:level3:code
economic-classification:gfsm:level4:description string classification class=economic
economic-classification:gfsm:level4:label string classification class=economic labelfor=economic-classification:gfsm:level4:code
functional-classification:cofog:class:code string classification class=functional key parent=functional-classification:cofog:group:code
functional-classification:cofog:class:description string classification class=functional
functional-classification:cofog:class:label string classification class=functional labelfor=functional-classification:cofog:class:code
functional-classification:cofog:code string classification class=functional key
functional-classification:cofog:description string classification class=functional
functional-classification:cofog:division:code string classification class=functional key
functional-classification:cofog:division:description string classification class=functional
functional-classification:cofog:division:label string classification class=functional labelfor=functional-classification:cofog:division:code
functional-classification:cofog:group:code string classification class=functional key parent=functional-classification:cofog:division:code
functional-classification:cofog:group:description string classification class=functional
functional-classification:cofog:group:label string classification class=functional labelfor=functional-classification:cofog:group:code
functional-classification:cofog:label string classification class=functional labelfor=functional-classification:cofog:code
functional-classification:generic:code string classification class=functional key
functional-classification:generic:description string classification class=functional
functional-classification:generic:label string classification class=functional labelfor=functional-classification:generic:code
functional-classification:generic:level1:code string classification class=functional key
functional-classification:generic:level1:description string classification class=functional
functional-classification:generic:level1:label string classification class=functional labelfor=functional-classification:generic:level1:code
functional-classification:generic:level2:code string classification class=functional key parent=functional-classification:generic:level1:code
functional-classification:generic:level2:description string classification class=functional
functional-classification:generic:level2:label string classification class=functional labelfor=functional-classification:generic:level2:code
functional-classification:generic:level3:code string classification class=functional key parent=functional-classification:generic:level2:code
functional-classification:generic:level3:description string classification class=functional
functional-classification:generic:level3:label string classification class=functional labelfor=functional-classification:generic:level3:code
functional-classification:generic:level4:code string classification class=functional key parent=functional-classification:generic:level3:code
functional-classification:generic:level4:description string classification class=functional
functional-classification:generic:level4:label string classification class=functional labelfor=functional-classification:generic:level4:code
functional-classification:generic:level5:code string classification class=functional key parent=functional-classification:generic:level4:code
functional-classification:generic:level5:description string classification class=functional
functional-classification:generic:level5:label string classification class=functional labelfor=functional-classification:generic:level5:code
functional-classification:generic:level6:code string classification class=functional key parent=functional-classification:generic:level5:code
functional-classification:generic:level6:description string classification class=functional
functional-classification:generic:level6:label string classification class=functional labelfor=functional-classification:generic:level6:code
functional-classification:generic:level7:code string classification class=functional key parent=functional-classification:generic:level6:code
functional-classification:generic:level7:description string classification class=functional
functional-classification:generic:level7:label string classification class=functional labelfor=functional-classification:generic:level7:code
functional-classification:generic:level8:code string classification class=functional key parent=functional-classification:generic:level7:code
functional-classification:generic:level8:description string classification class=functional
functional-classification:generic:level8:label string classification class=functional labelfor=functional-classification:generic:level8:code
geo-source:generic:code string location key
geo-source:generic:codeList string location key
geo-source:generic:title string location labelfor=geo-source:generic:code
geo-source:source:code string location key
geo-source:source:codeList string location key
geo-source:source:title string location labelfor=geo-source:source:code
geo-source:target:code string location key
geo-source:target:codeList string location key
geo-source:target:title string location labelfor=geo-source:target:code
geo-source:target:level1:code string location key
geo-source:target:level1:title string location labelfor=geo-source:target:level1:code
geo-source:target:level2:code string location key parent=geo-source:target:level1:code
geo-source:target:level2:title string location labelfor=geo-source:target:level2:code
geo-source:address:country:code string location key
geo-source:address:country:label string location labelfor=geo-source:address:country:code
geo-source:address:region:code string location key parent=geo-source:address:country:code
geo-source:address:region:label string location labelfor=geo-source:address:region:code
geo-source:address:county:code string location key parent=geo-source:address:region:code
geo-source:address:county:label string location labelfor=geo-source:address:county:code
geo-source:address:city:code string location key parent=geo-source:address:county:code
geo-source:address:city:label string location labelfor=geo-source:address:city:code
geo-source:address:zip:code string location key parent=geo-source:address:city:code
geo-source:address:street-address:description string location
transaction-id:code string fact key
transaction-id:purchase-order string fact key
transaction-id:invoice-id string fact key
transaction-id:tender-id string fact key
transaction-id:tender-kind string fact
transaction-id:contract-id string fact key
transaction-id:budget-code string fact key
transaction-id:court-order string fact key
transaction-id:transaction-kind string fact
phase:id string other key
phase:label string other labelfor=phase:id
procurer:generic:id string entity key
procurer:generic:name string entity labelfor=procurer:generic:id
procurer:bank:code string entity key
procurer:bank:account string entity
procurer:bank:branch:code string entity key
procurer:bank:branch:name string entity labelfor=procurer:bank:branch:code
recipient:generic:id string entity key
recipient:generic:name string entity labelfor=recipient:generic:id
recipient:generic:url string entity
recipient:generic:legal-entity:code string entity key parent=recipient:generic:id
recipient:generic:legal-entity:label string entity labelfor=recipient:generic:legal-entity:code
recipient:generic:legal-entity:point-of-contact:description string entity
recipient:generic:legal-entity:receiving-project:code string entity key parent=recipient:generic:legal-entity:code
recipient:generic:legal-entity:receiving-project:label string entity labelfor=recipient:generic:legal-entity:receiving-project:code
recipient:generic:legal-entity:receiving-project:status string entity
recipient:generic:legal-entity:receiving-project:description string entity
recipient:bank:code string entity key
recipient:bank:account string entity
recipient:bank:branch:code string entity key
recipient:bank:branch:name string entity labelfor=recipient:bank:branch:name
supplier:generic:id string entity key
supplier:generic:name string entity labelfor=supplier:generic:id
value number -
value-kind:code string other key
value-kind:label string other labelfor=value-kind:code
value-currency:code string other key
value-currency:label string other labelfor=value-currency:code
fin-source:generic:code string other key
fin-source:generic:label string other labelfor=fin-source:generic:code
fin-source:generic:level1:code string other key
fin-source:generic:level1:label string other labelfor=fin-source:generic:level1:code
fin-source:generic:level2:code string other key parent=fin-source:generic:level1:code
fin-source:generic:level2:label string other labelfor=fin-source:generic:level2:code
fin-source:generic:level3:code string other key parent=fin-source:generic:level2:code
fin-source:generic:level3:label string other labelfor=fin-source:generic:level3:code
expenditure-type:code string other key
expenditure-type:label string other labelfor=expenditure-type:code
budgetary-transfers string other
object-classification:generic:level1:code string classification class=object key
object-classification:generic:level1:label string classification class=object labelfor=object-classification:generic:level1:code
object-classification:generic:level2:code string classification class=object key parent=object-classification:generic:level1:code
object-classification:generic:level2:label string classification class=object labelfor=object-classification:generic:level2:code
object-classification:generic:level3:code string classification class=object key parent=object-classification:generic:level2:code
object-classification:generic:level3:label string classification class=object labelfor=object-classification:generic:level3:code
object-classification:generic:level4:code string classification class=object key parent=object-classification:generic:level3:code
object-classification:generic:level4:label string classification class=object labelfor=object-classification:generic:level4:code
unknown:string string other
unknown:date date other
unknown:time time other
unknown:datetime datetime other
unknown:number number other
unknown:integer integer other
`;

function parseLine(line: string): [string, FiscalType] {
  const [name = '', dataType = '', dimensionType = '-', ...more] = line.split(' ');
  const said = (key: string) => more.find((entry) => entry.startsWith(`${key}=`))?.slice(key.length + 1);
  const [classificationType, parent, labelFor] = [said('class'), said('parent'), said('labelfor')];
  const type: FiscalType = {
    // the table holds types of Table Schema only
    dataType: dataType as FieldType,
    isKey: more.includes('key'),
    ...(dimensionType === '-' ? {} : { dimensionType }),
    ...(classificationType === undefined ? {} : { classificationType }),
    ...(parent === undefined ? {} : { parent }),
    ...(labelFor === undefined ? {} : { labelFor }),
  };
  return [name, type];
}

function unknownTypes(number: number): [string, FiscalType][] {
  const code = `unknown:string-${number}:code`;
  const common = { dataType: 'string', dimensionType: 'other' } as const;
  return [
    [code, { ...common, isKey: true }],
    [`unknown:string-${number}:label`, { ...common, isKey: false, labelFor: code }],
  ];
}

/** Every column type by its name (packages.md B3.9). */
export const FISCAL_TYPES: ReadonlyMap<string, FiscalType> = new Map([
  ...TABLE.trim().split('\n').map(parseLine),
  ...Array.from({ length: UNKNOWN_DIMENSIONS }, (_, index) => unknownTypes(index + 1)).flat(),
]);

/** A column type by its name; older descriptors say of codes whether they are `:full` or `:part`. */
export function fiscalType(name: string): FiscalType | undefined {
  return FISCAL_TYPES.get(name) ?? FISCAL_TYPES.get(name.replace(/:(full|part)$/, ''));
}
