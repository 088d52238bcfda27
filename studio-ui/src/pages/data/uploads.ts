/** Files into buckets: small ones at once, large ones in parts, through S3's own operations. */

import { call } from "../../wire/call";

// The least that S3 takes as a part, and little enough that its base64 fits into a request of a page.
export const PART_BYTES = 5 << 20;

/** Store a file. `told` hears the share that is done, from 0 to 1. Raises ApiError as S3 does. */
export async function upload(bucket: string, key: string, file: File, told: (share: number) => void): Promise<void> {
  const place = { Bucket: bucket, Key: key };
  const type = { ContentType: file.type || "application/octet-stream" };
  if (file.size <= PART_BYTES) {
    await call("s3", "PutObject", { ...place, ...type, Body: await base64Of(file) });
    told(1);
    return;
  }
  const { UploadId } = await call<{ UploadId: string }>("s3", "CreateMultipartUpload", { ...place, ...type });
  try {
    const parts: { PartNumber: number; ETag: string }[] = [];
    for (const [from, to] of partsOf(file.size)) {
      const PartNumber = parts.length + 1;
      const { ETag } = await call<{ ETag: string }>("s3", "UploadPart", { ...place, UploadId, PartNumber, Body: await base64Of(file.slice(from, to)) });
      parts.push({ PartNumber, ETag });
      told(to / file.size);
    }
    await call("s3", "CompleteMultipartUpload", { ...place, UploadId, MultipartUpload: { Parts: parts } });
  } catch (error) {
    await call("s3", "AbortMultipartUpload", { ...place, UploadId }).catch(() => undefined);
    throw error;
  }
}

/** [from, to) of each part. */
export function partsOf(size: number, bytes = PART_BYTES): [number, number][] {
  return Array.from({ length: Math.ceil(size / bytes) }, (_, part) => [part * bytes, Math.min(size, (part + 1) * bytes)]);
}

function base64Of(blob: Blob): Promise<string> {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => failed(reader.error ?? new Error("The file cannot be read."));
    reader.readAsDataURL(blob);
  });
}
