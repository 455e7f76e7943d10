import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type DocumentedResponse, type OpenApi, type Operation, operationsAt } from './document.ts';
import type { PlannedRequest } from './plan.ts';
import type { FuzzAnswer } from './send.ts';

/** Says what is wrong with an answer; undefined when nothing is. */
export type AnswerCheck = (planned: PlannedRequest, answer: FuzzAnswer) => string | undefined;

const DOCUMENT = 'document';
const pointer = (...parts: string[]) =>
  parts.map((part) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

type CheckBody = (
  place: { operation: Operation; status: string; contentType: string },
  text: string,
) => string | undefined;

function bodyCheck({ document }: OpenApi): CheckBody {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  // ajv-formats is CommonJS: its default export is a member of what is imported.
  addFormats.default(ajv);
  ajv.addSchema({ ...document, $id: DOCUMENT }, DOCUMENT);
  return ({ operation, status, contentType }, text) => {
    const parts = ['paths', operation.path, operation.method.toLowerCase(), 'responses', status];
    const $ref = `${DOCUMENT}#${pointer(...parts, 'content', contentType, 'schema')}`;
    const validate = ajv.getSchema($ref) ?? ajv.compile({ $ref });
    let value: unknown = text;
    try {
      if (/[/+]json$/.test(contentType)) value = JSON.parse(text);
    } catch {
      return 'the body is not the JSON that its content type says';
    }
    if (validate(value)) return undefined;
    const [first] = validate.errors ?? [];
    return `the body is not as documented: ${first?.instancePath || '/'} ${first?.message ?? ''}`;
  };
}

function headersCheck({ headers = {} }: DocumentedResponse, answer: FuzzAnswer): string | undefined {
  const missing = Object.entries(headers).find(
    ([name, { required }]) => required && answer.headers[name.toLowerCase()] === undefined,
  );
  return missing && `the documented header ${missing[0]} is missing`;
}

function checkAgainst(operation: Operation, answer: FuzzAnswer, isHead: boolean, checkBody: CheckBody) {
  const { responses } = operation;
  const exact = String(answer.status);
  const status = [exact, `${exact.charAt(0)}XX`, 'default'].find((name) => name in responses);
  const response = status === undefined ? undefined : responses[status];
  if (status === undefined || response === undefined) return `status ${exact} is not documented`;
  const { content = {} } = response;
  const [contentType = ''] = (answer.headers['content-type'] ?? '').split(';');
  const wrongHeader = headersCheck(response, answer);
  if (wrongHeader !== undefined) return wrongHeader;
  if (isHead || (answer.body.length === 0 && contentType === '')) {
    const isEmptyFine = isHead || Object.keys(content).length === 0;
    return isEmptyFine ? undefined : `status ${exact} has no body, and one is documented`;
  }
  const isRedirect = answer.status >= 300 && answer.status < 400 && answer.headers.location !== undefined;
  // The note beside a redirect is for whoever does not follow it, and no part of a contract (RFC 9110 15.4).
  if (isRedirect && Object.keys(content).length === 0) return undefined;
  if (content[contentType] === undefined)
    return `content type "${contentType}" is not documented for ${exact}`;
  if (content[contentType].schema === undefined) return undefined;
  const wrong = checkBody({ operation, status, contentType }, answer.body.toString());
  return wrong && `status ${exact}: ${wrong}`;
}

/** Holds answers against the document of the service. */
export function answerCheck(api: OpenApi): AnswerCheck {
  const checkBody = bodyCheck(api);
  return ({ method, target }, answer) => {
    if (answer.status >= 500) return `status ${answer.status}`;
    const [path = ''] = target.split('?');
    const isHead = method === 'HEAD';
    const fitting = operationsAt(api, path).filter(
      (operation) => operation.method === (isHead ? 'GET' : method),
    );
    // An address or a verb that nobody documented: any refusal will do.
    if (fitting.length === 0) return undefined;
    const complaints = fitting.map((operation) => checkAgainst(operation, answer, isHead, checkBody));
    return complaints.includes(undefined) ? undefined : complaints[0];
  };
}
