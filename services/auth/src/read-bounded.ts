const MAX_ANSWER_BYTES = 1_048_576;

/**
 * Reads another server's answer as text, up to 1 MiB.
 * @throws when it is larger.
 */
export async function readBounded(answer: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) throw new Error('The answer is too large');
  }
  return text + decoder.decode();
}
