/** Files of captured requests: the hours there are, and the newest records. */

import { call, preview } from "../../wire/call";
import { useReading } from "../../wire/query";
import { type Record_, recordsOf } from "./captured";
import type { EndpointDescription } from "./shapes";

export interface CaptureFile {
  Key: string;
  Size: number;
  LastModified: string;
}

interface Page {
  Contents?: CaptureFile[];
  CommonPrefixes?: { Prefix: string }[];
  IsTruncated?: boolean;
  NextContinuationToken?: string;
}

// variant, year, month, day, hour below the endpoint's own folder.
const LEVELS = 5;

/** Where an endpoint's captured requests lie. */
export function placeOf(endpoint: EndpointDescription): { bucket: string; prefix: string } | null {
  const match = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(endpoint.DataCaptureConfig?.DestinationS3Uri ?? "");
  if (!match) return null;
  const [, bucket = "", folder = ""] = match;
  return { bucket, prefix: `${folder ? `${folder}/` : ""}${endpoint.EndpointName}/` };
}

/** Files of the newest hours, the newest first: found folder by folder, so that years of them cost nothing. */
export async function newestFiles(bucket: string, prefix: string, wanted: number, signal: AbortSignal): Promise<CaptureFile[]> {
  return below(bucket, prefix, LEVELS, wanted, signal);
}

async function below(bucket: string, prefix: string, level: number, wanted: number, signal: AbortSignal): Promise<CaptureFile[]> {
  if (level === 0) {
    const page = await call<Page>("s3", "ListObjectsV2", { Bucket: bucket, Prefix: prefix }, signal);
    return [...(page.Contents ?? [])].reverse().slice(0, wanted);
  }
  const page = await call<Page>("s3", "ListObjectsV2", { Bucket: bucket, Prefix: prefix, Delimiter: "/" }, signal);
  const found: CaptureFile[] = [];
  for (const folder of [...(page.CommonPrefixes ?? [])].reverse()) {
    if (found.length >= wanted) break;
    found.push(...(await below(bucket, folder.Prefix, level - 1, wanted - found.length, signal)));
  }
  return found;
}

/** The newest captured requests of an endpoint, each input once; none while nothing was captured. */
export function useNewestInputs(endpoint: EndpointDescription, wanted: number): Record_[] {
  const place = placeOf(endpoint);
  const newest = useReading(
    ["captured", "newest", endpoint.EndpointName, wanted],
    async (signal) => {
      const [file] = await newestFiles(place?.bucket ?? "", place?.prefix ?? "", 1, signal);
      if (!file) return [];
      const { bytes } = await preview(`s3://${place?.bucket}/${file.Key}`, signal);
      const records = recordsOf(new TextDecoder().decode(bytes)).filter((record) => record.input);
      return [...new Map(records.map((record) => [record.input, record])).values()].slice(0, wanted);
    },
    { enabled: place !== null, fixed: true },
  );
  return newest.data ?? [];
}
