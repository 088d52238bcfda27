/** What is in a bucket: folder by folder, as S3 lists it, page by page. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { File, Folder, Search, Trash2, Upload as UploadIcon } from "lucide-react";
import { useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { useAddress } from "../../parts/address";
import { Card, Empty, ErrorBox, SkeletonLines } from "../../parts/Box";
import { Copyable, CopyButton, Snippet } from "../../parts/Copyable";
import { bucketPage, bytesText } from "../../parts/objectText";
import { Split } from "../../parts/SidePanel";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { type ApiError, call } from "../../wire/call";
import { settings } from "../../wire/query";
import { Deletion } from "./Deletion";
import { entriesOf, type ListingPage, stepsOf } from "./listing";
import { ObjectPanel } from "./ObjectPanel";
import { Upload } from "./Upload";
import "./data.css";

const PAGE_KEYS = 500;

export default function Bucket() {
  const { bucket = "" } = useParams();
  const [search, change] = useAddress();
  const [, go] = useLocation();
  const prefix = search.get("prefix") ?? "";
  const starts = search.get("starts") ?? "";
  const object = search.get("object") ?? "";
  const [picked, setPicked] = useState(new Set<string>());
  const [uploading, setUploading] = useState(false);
  const [deleting, setDeleting] = useState(false);
  usePlace(["Data", "/data"], [bucket]);
  const params = { Bucket: bucket, Prefix: prefix + starts, Delimiter: "/", MaxKeys: PAGE_KEYS };
  const listing = useInfiniteQuery<ListingPage, ApiError>({
    queryKey: ["s3", "ListObjectsV2", params, "pages"],
    queryFn: ({ pageParam, signal }) => call<ListingPage>("s3", "ListObjectsV2", pageParam ? { ...params, ContinuationToken: pageParam } : params, signal),
    initialPageParam: "",
    getNextPageParam: (page: ListingPage) => page.NextContinuationToken,
    ...settings({ about: ["s3"] }),
  });
  const entries = entriesOf(listing.data?.pages ?? [], prefix);
  const chosen = entries.filter((entry) => !entry.folder && picked.has(entry.key)).map((entry) => entry.key);
  const lookFor = (text: string) => change({ starts: text });
  return (
    <Page
      title={<Steps bucket={bucket} prefix={prefix} />}
      about={<Copyable text={`s3://${bucket}/${prefix}`} mono />}
      actions={
        <button type="button" className="button" onClick={() => setUploading(true)}>
          <UploadIcon /> Upload
        </button>
      }
    >
      <Card flush>
        <Split panel={object ? <ObjectPanel key={object} bucket={bucket} name={object} close={() => go(bucketPage(bucket, prefix))} /> : null}>
          <div className="objects">
            <div className="table-bar">
              <label className="table-bar__search">
                <Search aria-hidden="true" />
                <span className="hidden-words">Names that begin with</span>
                <input type="search" placeholder="Names that begin with…" value={starts} onChange={(event) => lookFor(event.target.value)} />
              </label>
              <span className="table-bar__chips faint small">
                {listing.data ? `${entries.length}${listing.hasNextPage ? " and more" : ""} here` : ""}
              </span>
              {chosen.length ? (
                <button type="button" className="button button--small button--danger" onClick={() => setDeleting(true)}>
                  <Trash2 /> Delete {chosen.length} {chosen.length === 1 ? "object" : "objects"}
                </button>
              ) : null}
            </div>
            {listing.error ? <ErrorBox error={listing.error} again={() => void listing.refetch()} /> : null}
            {listing.isPending ? (
              <div className="card__body">
                <SkeletonLines />
              </div>
            ) : null}
            {listing.data ? (
              <Table
                plain
                name="objects"
                rows={entries}
                rowKey={(row) => row.key}
                leads={(row) => (row.folder ? bucketPage(bucket, row.key) : bucketPage(bucket, prefix, row.key))}
                picked={picked}
                setPicked={setPicked}
                columns={[
                  {
                    id: "name",
                    label: "Name",
                    value: (row) => row.name,
                    show: (row) => (
                      <span className="objects__name" data-chosen={row.key === object || undefined}>
                        {row.folder ? <Folder aria-label="Folder" /> : <File aria-label="Object" />}
                        <Link href={row.folder ? bucketPage(bucket, row.key) : bucketPage(bucket, prefix, row.key)} title={row.key}>
                          {row.name}
                        </Link>
                        <span className="copyable">
                          <CopyButton text={`s3://${bucket}/${row.key}`} />
                        </span>
                      </span>
                    ),
                  },
                  { id: "size", label: "Size", value: (row) => row.size, show: (row) => (row.size === null ? <span className="faint">–</span> : bytesText(row.size)), numeric: true },
                  { id: "modified", label: "Changed", value: (row) => row.modified, show: (row) => <Time at={row.modified ?? undefined} /> },
                  ...(object ? [] : [{ id: "etag", label: "ETag", value: (row: { etag: string | null }) => row.etag, show: (row: { etag: string | null }) => (row.etag ? <Copyable text={row.etag} mono /> : <span className="faint">–</span>) }]),
                ]}
                empty={<Nothing bucket={bucket} prefix={prefix} starts={starts} />}
              />
            ) : null}
            {listing.hasNextPage ? (
              <div className="card__body">
                <button type="button" className="button" disabled={listing.isFetchingNextPage} onClick={() => void listing.fetchNextPage()}>
                  Show the next {PAGE_KEYS}
                </button>
              </div>
            ) : null}
          </div>
        </Split>
      </Card>
      {uploading ? <Upload bucket={bucket} prefix={prefix} close={() => setUploading(false)} /> : null}
      {deleting ? (
        <Deletion
          bucket={bucket}
          names={chosen}
          close={() => setDeleting(false)}
          done={() => {
            setDeleting(false);
            setPicked(new Set());
            if (chosen.includes(object)) go(bucketPage(bucket, prefix));
          }}
        />
      ) : null}
    </Page>
  );
}

function Steps({ bucket, prefix }: { bucket: string; prefix: string }) {
  const steps = stepsOf(prefix);
  return (
    <span className="steps">
      {steps.length ? <Link href={bucketPage(bucket)}>{bucket}</Link> : bucket}
      {steps.map((step, place) => (
        <span key={step.prefix}>
          <span className="faint"> / </span>
          {place === steps.length - 1 ? step.label : <Link href={bucketPage(bucket, step.prefix)}>{step.label}</Link>}
        </span>
      ))}
    </span>
  );
}

function Nothing({ bucket, prefix, starts }: { bucket: string; prefix: string; starts: string }) {
  if (starts) return <Empty>Nothing here begins with “{starts}”. S3 tells upper and lower case apart.</Empty>;
  return <Empty action={<Snippet text={`aws s3 cp data.csv s3://${bucket}/${prefix}`} />}>There is no object here. Upload one, or copy it with the AWS CLI.</Empty>;
}
