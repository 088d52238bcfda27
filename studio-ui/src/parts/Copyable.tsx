/** Text that copies with one click, and ARNs that lead to their pages. */

import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { pageOf, shortName } from "../wire/arns";

export function Copyable({ text, children, mono }: { text: string; children?: React.ReactNode; mono?: boolean }) {
  return (
    <span className="copyable">
      <span className={`copyable__text${mono ? " mono" : ""}`} title={text}>
        {children ?? text}
      </span>
      <CopyButton text={text} />
    </span>
  );
}

export function CopyButton({ text }: { text: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await written(text);
    setDone(true);
    window.setTimeout(() => setDone(false), 1200);
  };
  return (
    <button type="button" className="copyable__button" data-done={done || undefined} aria-label={done ? "Copied" : "Copy"} onClick={copy}>
      {done ? <Check /> : <Copy />}
    </button>
  );
}

/** A thing by its ARN: a link to its page where it has one, and the whole ARN to copy. */
export function ArnLink({ arn, children }: { arn: string; children?: React.ReactNode }) {
  const page = pageOf(arn);
  const shown = children ?? shortName(arn);
  return (
    <span className="copyable">
      <span className="copyable__text" title={arn}>
        {page ? <Link href={page}>{shown}</Link> : shown}
      </span>
      <CopyButton text={arn} />
    </span>
  );
}

export function Snippet({ text }: { text: string }) {
  return (
    <div className="snippet">
      <pre tabIndex={0}>{text}</pre>
      <CopyButton text={text} />
    </div>
  );
}

/** Browsers give a clipboard to secure pages only; over plain HTTP from another machine the old way still works. */
async function written(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
