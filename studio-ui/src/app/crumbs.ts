/** Where one is: a page says it, the frame shows it, and the window's title too. */

import { useEffect, useSyncExternalStore } from "react";

export interface Crumb {
  label: string;
  /** Where it leads; absent for the page itself. */
  path?: string;
}

let shown: Crumb[] = [];
const callbacks = new Set<() => void>();

export function useCrumbs(): Crumb[] {
  return useSyncExternalStore(
    (callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    () => shown,
  );
}

/** Say where this page is: `usePlace(["Pipelines", "/pipelines"], [name])`. */
export function usePlace(...crumbs: [label: string, path?: string][]): void {
  const text = JSON.stringify(crumbs);
  useEffect(() => {
    shown = (JSON.parse(text) as [string, string?][]).map(([label, path]) => (path ? { label, path } : { label }));
    document.title = `${shown.map((crumb) => crumb.label).reverse().join(" · ")} · ormer`;
    for (const callback of callbacks) callback();
  }, [text]);
}
