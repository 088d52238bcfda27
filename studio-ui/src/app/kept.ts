/** What a person set once and finds again: kept in the browser, and the same wherever a page looks at it. */

import { useMemo, useSyncExternalStore } from "react";

const watchers = new Map<string, Set<() => void>>();

export function useKept<T>(name: string, first: T): [T, (value: T) => void] {
  const key = `ormer.${name}`;
  const text = useSyncExternalStore(
    (changed) => {
      const all = watchers.get(key) ?? new Set();
      watchers.set(key, all.add(changed));
      return () => all.delete(changed);
    },
    () => localStorage.getItem(key),
  );
  const value = useMemo(() => (text === null ? null : { kept: JSON.parse(text) as T }), [text]);
  return [
    value ? value.kept : first,
    (next) => {
      localStorage.setItem(key, JSON.stringify(next));
      for (const changed of watchers.get(key) ?? []) changed();
    },
  ];
}
