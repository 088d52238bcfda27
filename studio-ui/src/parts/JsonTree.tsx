/** A document that opens branch by branch. */

import { useState } from "react";
import { CopyButton } from "./Copyable";
import "./tree.css";

const OPEN_DEPTH = 2;
const CHILDREN_MAX = 200;

export function JsonTree({ value, name }: { value: unknown; name?: string }) {
  return (
    <div className="tree" tabIndex={0} role="region" aria-label={name ?? "Document"}>
      <CopyButton text={JSON.stringify(value, null, 2)} />
      <Node name="" value={value} depth={0} />
    </div>
  );
}

function Node({ name, value, depth }: { name: string; value: unknown; depth: number }) {
  const branch = typeof value === "object" && value !== null;
  if (!branch) {
    return (
      <div className="tree__leaf">
        {name ? <span className="json__name">{name}: </span> : null}
        <span className={typeof value === "string" ? "json__text" : "json__value"}>{JSON.stringify(value)}</span>
      </div>
    );
  }
  return <Branch name={name} children={Object.entries(value)} list={Array.isArray(value)} depth={depth} />;
}

function Branch({ name, children, list, depth }: { name: string; children: [string, unknown][]; list: boolean; depth: number }) {
  const [open, setOpen] = useState(depth < OPEN_DEPTH && children.length <= CHILDREN_MAX);
  const [shown, setShown] = useState(CHILDREN_MAX);
  const count = `${children.length} ${list ? (children.length === 1 ? "element" : "elements") : children.length === 1 ? "member" : "members"}`;
  return (
    <details className="tree__branch" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {name ? <span className="json__name">{name} </span> : null}
        <span className="soft">
          {list ? "[" : "{"} {count} {list ? "]" : "}"}
        </span>
      </summary>
      {open ? (
        <div className="tree__children">
          {children.slice(0, shown).map(([key, inner]) => (
            <Node key={key} name={key} value={inner} depth={depth + 1} />
          ))}
          {children.length > shown ? (
            <button type="button" className="button button--small" onClick={() => setShown(shown + CHILDREN_MAX)}>
              Show {Math.min(CHILDREN_MAX, children.length - shown)} more
            </button>
          ) : null}
        </div>
      ) : null}
    </details>
  );
}
