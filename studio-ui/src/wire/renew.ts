/** Reading again what may be out of date. */

import type { Query, QueryClient } from "@tanstack/react-query";

/** Those that are read once more when their first answer is there: once, however much news comes until then. */
const due = new WeakSet<Query>();

/** Every query that fits and that somebody looks at is read after this moment.
 *
 * A first reading that is under way may be answered with what was before. TanStack Query would keep that answer, and with
 * nothing more to tell, the page would show it for good: so it is read once more when it is there. */
export function renew(client: QueryClient, fits: (query: Query) => boolean): Promise<void> {
  const first = client
    .getQueryCache()
    .findAll({ predicate: (query) => fits(query) && query.state.fetchStatus === "fetching" && query.state.data === undefined && !due.has(query) })
    .map(async (query) => {
      due.add(query);
      await query.promise?.catch(() => undefined);
      due.delete(query);
      await client.invalidateQueries({ queryKey: query.queryKey, exact: true });
    });
  return Promise.all([client.invalidateQueries({ predicate: fits }), ...first]).then(() => undefined);
}
