/** What a page's address says of it, and saying something else there. */

import { useSearchParams } from "wouter";

type Said = Record<string, string | null | undefined>;

/** [what the address says, change it]. A value is set under its name, and a name without one is taken away.
 *
 * What changes replaces the entry in the browser's history; `visited` makes it one that "back" returns from. */
export function useAddress({ visited = false }: { visited?: boolean } = {}): [URLSearchParams, (values: Said) => void] {
  const [search, setSearch] = useSearchParams();
  const change = (values: Said) =>
    setSearch(
      (before) => {
        for (const [name, value] of Object.entries(values)) {
          if (value) before.set(name, value);
          else before.delete(name);
        }
        return before;
      },
      { replace: !visited },
    );
  return [search, change];
}
