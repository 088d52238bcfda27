/** JSON files in S3, read as pages need them. */

import type { UseQueryResult } from "@tanstack/react-query";
import { type ApiError, preview } from "../../wire/call";
import { useReading } from "../../wire/query";

/** A JSON file's content; files of a check never change. */
export function useJson<T>(uri: string | undefined): UseQueryResult<T, ApiError> {
  return useReading<T>(["object", "json", uri], (signal) => jsonAt<T>(uri ?? "", signal), { enabled: uri !== undefined, fixed: true });
}

export async function jsonAt<T>(uri: string, signal?: AbortSignal): Promise<T> {
  const { bytes } = await preview(uri, signal);
  // Some analyzers write NaN, which is no JSON.
  return JSON.parse(new TextDecoder().decode(bytes).replace(/:\s*(-?)(NaN|Infinity)\b/g, ': "$1$2"')) as T;
}
