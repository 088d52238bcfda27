/** Reading and writing operations from pages: TanStack Query with the operation as the key. */

import {
  QueryClient,
  type QueryKey,
  useMutation,
  type UseMutationResult,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";
import { ApiError, call, listed, type Params } from "./call";
import { renew } from "./renew";

export interface Reading {
  /** Topics that make it read again: see wire/topics.ts. */
  about?: readonly string[];
  enabled?: boolean;
  /** Never read again: what is asked for does not change. */
  fixed?: boolean;
}

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Events tell when something is stale.
      staleTime: 60_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
    },
  },
});

/** One operation's answer, kept current. */
export function useOperation<T>(service: string, operation: string, params: Params, reading: Reading = {}): UseQueryResult<T, ApiError> {
  return useQuery<T, ApiError>({
    queryKey: [service, operation, params],
    queryFn: ({ signal }) => call<T>(service, operation, params, signal),
    ...settings(reading),
  });
}

/** Every item of a list operation, kept current. */
export function useList<T>(
  service: string,
  operation: string,
  params: Params,
  member: string,
  reading: Reading & { limit?: number } = {},
): UseQueryResult<T[], ApiError> {
  return useQuery<T[], ApiError>({
    queryKey: [service, operation, params, "all"],
    queryFn: ({ signal }) => listed<T>(service, operation, params, member, signal, reading.limit),
    ...settings(reading),
  });
}

/** Anything else that is read, kept current. */
export function useReading<T>(key: QueryKey, read: (signal: AbortSignal) => Promise<T>, reading: Reading = {}): UseQueryResult<T, ApiError> {
  return useQuery<T, ApiError>({ queryKey: key, queryFn: ({ signal }) => read(signal), ...settings(reading) });
}

/** A write. What it changes is told by the event stream; `touches` are operations to read again for quiet nouns. */
export function useWrite<P extends Params, T = unknown>(
  service: string,
  operation: string,
  touches: readonly string[] = [],
): UseMutationResult<T, ApiError, P> {
  const queries = useQueryClient();
  return useMutation<T, ApiError, P>({
    mutationFn: (params) => call<T>(service, operation, params),
    onSuccess: () => renew(queries, ({ queryKey }) => touches.includes(String(queryKey[1]))),
  });
}

export function settings(reading: Reading) {
  return {
    enabled: reading.enabled ?? true,
    meta: { about: reading.about ?? [] },
    ...(reading.fixed ? { staleTime: Number.POSITIVE_INFINITY } : {}),
  };
}
