/** What a person set once and finds again: kept in the browser. */

import { useState } from "react";

export function useKept<T>(name: string, first: T): [T, (value: T) => void] {
  const key = `ormer.${name}`;
  const [value, setValue] = useState<T>(() => {
    const known = localStorage.getItem(key);
    return known === null ? first : (JSON.parse(known) as T);
  });
  return [
    value,
    (next) => {
      localStorage.setItem(key, JSON.stringify(next));
      setValue(next);
    },
  ];
}
