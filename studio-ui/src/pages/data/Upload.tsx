/** Files from this machine into a folder of a bucket. */

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ErrorBox } from "../../parts/Box";
import { Dialog } from "../../parts/Dialog";
import { bytesText } from "../../parts/objectText";
import { ApiError } from "../../wire/call";
import { upload } from "./uploads";

export function Upload({ bucket, prefix, close }: { bucket: string; prefix: string; close: () => void }) {
  const queries = useQueryClient();
  const [files, setFiles] = useState<File[]>([]);
  const [folder, setFolder] = useState(prefix);
  const [share, setShare] = useState<number | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const start = async () => {
    setError(null);
    let done = 0;
    try {
      for (const file of files) {
        setShare(bytes ? done / bytes : 0);
        await upload(bucket, folder + file.name, file, (part) => setShare(bytes ? (done + part * file.size) / bytes : 1));
        done += file.size;
      }
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "s3" || queryKey[0] === "object" });
      close();
    } catch (thrown) {
      setError(thrown instanceof ApiError ? thrown : new ApiError("Unreadable", String(thrown), 0));
      setShare(null);
    }
  };
  return (
    <Dialog
      title={`Upload to ${bucket}`}
      close={close}
      foot={
        <>
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="button" className="button button--primary" disabled={!files.length || share !== null} onClick={() => void start()}>
            Upload {files.length || ""} {files.length === 1 ? "file" : "files"}
          </button>
        </>
      }
    >
      <label className="field">
        <span className="field__label">Files</span>
        <input className="input" type="file" multiple onChange={(event) => setFiles([...(event.target.files ?? [])])} />
        <span className="field__note">{files.length ? bytesText(bytes) : "An object of the same name is replaced."}</span>
      </label>
      <label className="field">
        <span className="field__label">Folder</span>
        <input className="input mono" value={folder} placeholder="the bucket itself" onChange={(event) => setFolder(event.target.value)} />
        <span className="field__note">Stands before each file's name, with the slash at its end.</span>
      </label>
      {share === null ? null : (
        <progress className="upload__share" aria-label="Uploaded" value={share} max={1} />
      )}
      {error ? <ErrorBox error={error} /> : null}
    </Dialog>
  );
}
