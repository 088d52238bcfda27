/** The beginning of an object, shown as what it is. */

import { useEffect, useState } from "react";
import { pageAddress } from "../wire/call";
import { Empty } from "./Box";
import { Snippet } from "./Copyable";
import { JsonTree } from "./JsonTree";
import { bytesText, contentOf, jsonOf, linesOf, tableOf, textOf } from "./objectText";
import { type Member, membersOf } from "./tar";

const TEXT_CHARACTERS_MAX = 200_000;
const ROWS_MAX = 500;

export function Contents({ uri, bytes, size }: { uri: string; bytes: Uint8Array; size: number }) {
  const kind = contentOf(uri);
  if (size === 0) return <Empty>The object is empty.</Empty>;
  if (kind === "archive") return <Archive bytes={bytes} />;
  if (kind === "picture") return bytes.length < size ? <Empty>The picture is too large to show here. Download it to open it.</Empty> : <Picture uri={uri} bytes={bytes} />;
  if (kind === "page") return <iframe className="page-frame" title={`Contents of ${uri}`} src={pageAddress(uri)} sandbox="" referrerPolicy="no-referrer" />;
  const text = textOf(bytes);
  if (text === null) return <Empty>This is not text. Download it to open it.</Empty>;
  if (kind === "lines") return <Lines text={text} />;
  if (kind === "table") return <Cells rows={tableOf(text, ROWS_MAX)} />;
  const document = jsonOf(text);
  if (document !== undefined) return <JsonTree value={document} />;
  return <Snippet text={text.slice(0, TEXT_CHARACTERS_MAX)} />;
}

function Lines({ text }: { text: string }) {
  const lines = linesOf(text, ROWS_MAX);
  if (!lines.length) return <Snippet text={text.slice(0, TEXT_CHARACTERS_MAX)} />;
  return <JsonTree value={lines} name="Lines" />;
}

const PICTURES: Record<string, string> = { svg: "image/svg+xml", jpg: "image/jpeg" };

function Picture({ uri, bytes }: { uri: string; bytes: Uint8Array }) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const ending = uri.slice(uri.lastIndexOf(".") + 1).toLowerCase();
    const made = URL.createObjectURL(new Blob([bytes as BlobPart], { type: PICTURES[ending] ?? `image/${ending}` }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [uri, bytes]);
  return address ? <img className="picture" src={address} alt={`Contents of ${uri}`} /> : null;
}

function Archive({ bytes }: { bytes: Uint8Array }) {
  const [found, setFound] = useState<{ members: Member[]; whole: boolean } | null>(null);
  useEffect(() => {
    void membersOf(bytes).then(setFound);
  }, [bytes]);
  if (!found) return null;
  if (!found.members.length) return <Empty>Nothing can be read of this archive. Download it to open it.</Empty>;
  return (
    <>
      <div className="table-scroll" style={{ maxHeight: 420 }} tabIndex={0} role="region" aria-label="Members of the archive">
        <table className="table">
          <tbody>
            {found.members.map((member, place) => (
              <tr key={place}>
                <td className="mono" style={{ height: 28 }}>{member.name}</td>
                <td style={{ height: 28 }} data-numeric>{member.folder ? <span className="faint">folder</span> : bytesText(member.size)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {found.whole ? null : <p className="faint small">The archive goes on behind what was read.</p>}
    </>
  );
}

function Cells({ rows }: { rows: string[][] }) {
  return (
    <div className="table-scroll" style={{ maxHeight: 420 }} tabIndex={0} role="region" aria-label="Rows">
      <table className="table">
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, place) => (
                <td key={place} style={{ height: 28 }}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
