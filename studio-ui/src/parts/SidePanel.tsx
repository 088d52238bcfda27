/** What stands beside a list or graph: the chosen thing, in tabs. */

import { X } from "lucide-react";
import { useEffect } from "react";
import { type Tab, Tabs } from "./Box";
import "./panel.css";

/** A main part and, when there is one, a panel beside it. */
export function Split({ children, panel }: { children: React.ReactNode; panel: React.ReactNode }) {
  return (
    <div className="split" data-open={panel ? "" : undefined}>
      {children}
      {panel}
    </div>
  );
}

export function SidePanel({ title, under, tabs, close }: { title: string; under?: React.ReactNode; tabs: Tab[]; close: () => void }) {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) close();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [close]);
  return (
    <aside className="panel" aria-label={title}>
      <div className="panel__head">
        <div className="panel__title">
          <h2>{title}</h2>
          {under}
        </div>
        <button type="button" className="button button--quiet button--icon button--small" aria-label="Close the panel" onClick={close}>
          <X />
        </button>
      </div>
      <Tabs tabs={tabs} name="panel" />
    </aside>
  );
}
