/** An answer that is kept: its bytes never change, because its key names the load. */
export interface KeptAnswer {
  readonly contentType: string;
  readonly text: string;
}

export interface AnswerCache {
  find(key: string): KeptAnswer | undefined;
  keep(key: string, answer: KeptAnswer): void;
}

/** Keeps the answers that were used last, up to so many characters in all; one may take an eighth of them. */
export function createAnswerCache(maxCharacters: number): AnswerCache {
  const answers = new Map<string, KeptAnswer>();
  let characters = 0;
  const remove = (key: string) => {
    characters -= answers.get(key)?.text.length ?? 0;
    answers.delete(key);
  };
  return {
    find: (key) => {
      const answer = answers.get(key);
      if (answer === undefined) return undefined;
      // a Map keeps the order of insertion: the first is the one that was not used for longest
      answers.delete(key);
      answers.set(key, answer);
      return answer;
    },
    keep: (key, answer) => {
      if (answer.text.length > maxCharacters / 8) return;
      remove(key);
      answers.set(key, answer);
      characters += answer.text.length;
      for (const oldest of answers.keys()) {
        if (characters <= maxCharacters) break;
        remove(oldest);
      }
    },
  };
}
