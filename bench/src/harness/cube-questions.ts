/** A question about the facts of the benchmark. */
export interface Question {
  readonly name: string;
  /** Path behind the cube's. */
  readonly path: string;
  /** The same by hand, of `facts`. */
  readonly sql: string;
  readonly duckDbTarget?: string;
  readonly postgresTarget?: string;
}

export const ONE_DIMENSION: Question = {
  name: 'one dimension',
  path: 'aggregate?drilldown=region&aggregates=amount.sum|_count&pagesize=1000',
  sql: 'SELECT region, sum(amount), count(*) FROM facts GROUP BY region ORDER BY region',
  duckDbTarget: '≤ 1.5',
  postgresTarget: '≤ 0.25',
};

export const QUESTIONS: readonly Question[] = [
  ONE_DIMENSION,
  {
    name: 'two dimensions',
    path: 'aggregate?drilldown=date|region&aggregates=amount.sum|_count&pagesize=1000',
    sql: 'SELECT year, region, sum(amount), count(*) FROM facts GROUP BY year, region ORDER BY year, region LIMIT 1000',
  },
  {
    name: 'filtered',
    path: 'aggregate?drilldown=region&cut=date:2015|function:F7&aggregates=amount.sum|_count&pagesize=1000',
    sql: `SELECT region, sum(amount), count(*) FROM facts WHERE year = 2015 AND function_code = 'F7' GROUP BY region ORDER BY region`,
  },
  {
    name: 'top facts',
    path: 'facts?fields=supplier,item,amount&order=amount:desc&pagesize=1000',
    sql: 'SELECT supplier, item, amount FROM facts ORDER BY amount DESC LIMIT 1000',
  },
  {
    name: 'members',
    path: 'members/supplier?pagesize=1000',
    sql: 'SELECT supplier FROM facts GROUP BY supplier ORDER BY supplier LIMIT 1000',
  },
];

let asked = 0;

/** The path of a question whose answer is not kept: the parameter means nothing, but makes it another address. */
export function fresh({ path }: Question): string {
  asked += 1;
  return `${path}&asked=${asked}`;
}
