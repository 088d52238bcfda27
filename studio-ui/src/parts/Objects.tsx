/** Objects in S3: where they are, what is in them, and a copy to keep. */

import { Download, File, FolderOpen } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { listed, objectAddress, preview } from "../wire/call";
import { useReading } from "../wire/query";
import { Empty, Loaded } from "./Box";
import { Contents } from "./Contents";
import { CopyButton, Snippet } from "./Copyable";
import { Dialog } from "./Dialog";
import { bytesText, pageOfObject, split } from "./objectText";
import { Time } from "./Time";

/** A place in S3, opened in a dialog. */
export function ObjectLink({ uri, children }: { uri: string; children?: React.ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <span className="copyable">
      <button type="button" className="copyable__text link-button mono" title={uri} onClick={() => setOpen(true)}>
        {children ?? uri}
      </button>
      <CopyButton text={uri} />
      {open ? <ObjectDialog uri={uri} close={() => setOpen(false)} /> : null}
    </span>
  );
}

interface Entry {
  Key: string;
  Size: number;
  LastModified: string;
}

function ObjectDialog({ uri, close }: { uri: string; close: () => void }) {
  const [shown, setShown] = useState(uri);
  const { bucket, key } = split(uri);
  const entries = useReading<Entry[]>(["s3", "ListObjectsV2", uri], (signal) => listed<Entry>("s3", "ListObjectsV2", { Bucket: bucket, Prefix: key, MaxKeys: 200 }, "Contents", signal, 200));
  const isOne = (entries.data?.some((entry) => entry.Key === key) ?? false) || shown !== uri;
  return (
    <Dialog title={split(shown).key.split("/").filter(Boolean).pop() ?? bucket} close={close} wide>
      <Snippet text={shown} />
      <Link href={pageOfObject(shown, isOne)} className="button button--small" style={{ justifySelf: "start" }} onClick={close}>
        <FolderOpen /> Open in Data
      </Link>
      {isOne ? (
        <>
          {shown === uri ? null : (
            <button type="button" className="button button--small" style={{ justifySelf: "start" }} onClick={() => setShown(uri)}>
              <FolderOpen /> Back to the folder
            </button>
          )}
          <ObjectPreview uri={shown} />
        </>
      ) : (
        <Loaded query={entries}>
          {(found) =>
            found.length === 0 ? (
              <Empty>There is no object here: nothing has been written, or it was deleted.</Empty>
            ) : (
              <ul>
                {found.map((entry) => (
                  <li key={entry.Key}>
                    <button type="button" className="menu__item" onClick={() => setShown(`s3://${bucket}/${entry.Key}`)}>
                      <File aria-hidden="true" />
                      <span className="mono" style={{ flex: 1, overflowWrap: "anywhere" }}>
                        {entry.Key.slice(key.length).replace(/^\//, "")}
                      </span>
                      <span className="faint small number">{bytesText(entry.Size)}</span>
                      <span className="faint small">
                        <Time at={entry.LastModified} />
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      )}
    </Dialog>
  );
}

/** The beginning of an object, as what it is: JSON, a table, text, a picture; anything else only to download. */
export function ObjectPreview({ uri }: { uri: string }) {
  const reading = useReading(["object", uri], (signal) => preview(uri, signal));
  return (
    <Loaded query={reading}>
      {({ bytes, size }) => (
        <div style={{ display: "grid", gap: 12, minWidth: 0 }}>
          <div style={{ display: "flex", alignItems: "center", gap: 12 }}>
            <span className="faint small number">
              {bytesText(size)}
              {bytes.length < size ? `, the first ${bytesText(bytes.length)} shown` : ""}
            </span>
            <a className="button button--small" href={objectAddress(uri, true)} download>
              <Download /> Download
            </a>
          </div>
          <Contents uri={uri} bytes={bytes} size={size} />
        </div>
      )}
    </Loaded>
  );
}
