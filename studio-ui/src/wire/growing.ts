/** Long lists, newest first: shown from their first page on while the rest is read, and later read only where they changed. */

import { useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { type ApiError, pagesOf, type Params } from "./call";
import { tune } from "./live";
import { type Reading, settings } from "./query";

export interface Growing<T> {
  /** All that was read before; empty until it has been read once. */
  known: T[];
  /** How many rows are shown already. */
  shown: number;
  idOf: (row: T) => string;
  /** Rows of which news came: they are read again wherever they stand. */
  touched: Set<string>;
  limit: number;
  tell: (rows: T[]) => void;
}

/** Lists that were read to their ends; one that was left on the way is read from its beginning again. */
const whole = new WeakSet<object>();

/** Every row of a list that may have thousands. */
export function useGrowingList<T>(
  service: string,
  operation: string,
  params: Params,
  member: string,
  idOf: (row: T) => string,
  reading: Reading & { limit: number },
): UseQueryResult<T[], ApiError> {
  const queries = useQueryClient();
  const touched = useRef(new Set<string>());
  useEffect(
    () =>
      tune((news) => {
        if (news.name === "change") for (const arn of news.data.resources) touched.current.add(arn);
      }),
    [],
  );
  const queryKey = [service, operation, params, "growing"];
  return useQuery<T[], ApiError>({
    queryKey,
    queryFn: async ({ signal }) => {
      const before = queries.getQueryData<T[]>(queryKey) ?? [];
      const rows = await grown(pagesOf<T>(service, operation, params, member, signal), {
        known: whole.has(before) ? before : [],
        shown: before.length,
        idOf,
        touched: touched.current,
        limit: reading.limit,
        tell: (found) => queries.setQueryData(queryKey, found),
      });
      whole.add(rows);
      return rows;
    },
    // Thousands of rows are not compared one by one: `grown` keeps those that are the same.
    structuralSharing: false,
    ...settings(reading),
  });
}

/** All rows: of a list that is known already, only pages that have changed are read. */
export async function grown<T>(pages: AsyncIterable<T[]>, { known, shown, idOf, touched, limit, tell }: Growing<T>): Promise<T[]> {
  const before = new Map(known.map((row) => [idOf(row), row]));
  const wanted = new Set([...touched].filter((id) => before.has(id)));
  const found: T[] = [];
  let told = 0;
  for await (const page of pages) {
    const kept = page.map((row) => same(before.get(idOf(row)), row));
    found.push(...kept);
    for (const row of kept) wanted.delete(idOf(row));
    if (found.length >= limit) break;
    const last = kept.at(-1);
    if (last && !wanted.size && kept.every((row) => before.get(idOf(row)) === row)) {
      const place = known.indexOf(last);
      found.push(...known.slice(place + 1));
      break;
    }
    // Each time twice as many: all of it is drawn a few times only.
    if (!known.length && found.length >= 2 * told && found.length > shown) {
      tell([...found]);
      told = found.length;
    }
  }
  touched.clear();
  return found.slice(0, limit);
}

/** The row known before where it says the same. */
function same<T>(before: T | undefined, now: T): T {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now;
}
