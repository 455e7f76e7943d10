import { type ProblemError, problem } from '@flyloft/common';

const LONG_SECONDS = 120;

/** 429, with the wait for programs and in words for people, who count long ones in minutes. */
export function tooMany(what: 'attempts' | 'requests', seconds: number): ProblemError {
  const wait = seconds > LONG_SECONDS ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} s`;
  const headers = { 'Retry-After': String(seconds) };
  return problem('too_many_requests', `Too many ${what}: wait ${wait}`, { headers });
}
