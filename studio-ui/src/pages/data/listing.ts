/** What a bucket lists, as rows: folders (common prefixes) and objects. */

export interface ListingPage {
  Contents?: { Key: string; Size: number; LastModified: string; ETag: string; StorageClass?: string }[];
  CommonPrefixes?: { Prefix: string }[];
  NextContinuationToken?: string;
}

export interface Entry {
  folder: boolean;
  /** Behind the prefix that is looked at. */
  name: string;
  key: string;
  size: number | null;
  modified: string | null;
  etag: string | null;
  storage: string | null;
}

/** Rows of all pages, folders first. The object that only stands for the prefix itself is left out. */
export function entriesOf(pages: ListingPage[], prefix: string): Entry[] {
  const folders = pages.flatMap((page) => page.CommonPrefixes ?? []).map(({ Prefix: key }): Entry => ({ folder: true, name: key.slice(prefix.length), key, size: null, modified: null, etag: null, storage: null }));
  const objects = pages
    .flatMap((page) => page.Contents ?? [])
    .filter((each) => each.Key !== prefix)
    .map((each): Entry => ({ folder: false, name: each.Key.slice(prefix.length), key: each.Key, size: each.Size, modified: each.LastModified, etag: each.ETag.replaceAll('"', ""), storage: each.StorageClass ?? "STANDARD" }));
  return [...folders, ...objects];
}

/** The steps from the bucket down to a prefix: `a/b/` is `a/`, `a/b/`. */
export function stepsOf(prefix: string): { label: string; prefix: string }[] {
  const steps: { label: string; prefix: string }[] = [];
  for (const match of prefix.matchAll(/[^/]*\//g)) {
    steps.push({ label: match[0].slice(0, -1) || "/", prefix: prefix.slice(0, match.index + match[0].length) });
  }
  return steps;
}
