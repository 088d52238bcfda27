/** Ctrl/Cmd-K: go to anything. */

import { ArrowRight, Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { PLACES } from "./Frame";
import { useDestinations } from "./destinations";

const SHOWN_MAX = 40;

export function usePaletteKey(open: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.shiftKey) return;
      event.preventDefault();
      open();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [open]);
}

export function Palette({ close }: { close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [, go] = useLocation();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const destinations = useDestinations();
  useEffect(() => dialog.current?.showModal(), []);

  const places = PLACES.map(({ path, label, icon }) => ({ path, label, icon, kind: "Page" }));
  const found = [...places, ...destinations].filter((each) => matches(text, `${each.label} ${each.kind}`)).slice(0, SHOWN_MAX);
  const place = Math.min(chosen, Math.max(0, found.length - 1));
  const take = (path: string) => {
    close();
    go(path);
  };
  const pressed = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setChosen((place + step + found.length) % Math.max(1, found.length));
    }
    const target = found[place];
    if (event.key === "Enter" && target) take(target.path);
  };
  return (
    <dialog ref={dialog} className="palette" aria-label="Go to anything" onCancel={close} onMouseDown={(event) => event.target === dialog.current && close()}>
      <div className="palette__field">
        <Search aria-hidden="true" />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found.length ? `palette-${place}` : undefined}
          aria-label="Name of a page, pipeline, model or endpoint"
          placeholder="Name of a page, pipeline, model, endpoint…"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(0);
          }}
          onKeyDown={pressed}
        />
      </div>
      <ul className="palette__list" id="palette-list" role="listbox" aria-label="Destinations">
        {found.map((each, index) => (
          <li key={each.path} id={`palette-${index}`} role="option" aria-selected={index === place} className="palette__item" onMouseMove={() => setChosen(index)} onClick={() => take(each.path)}>
            {each.icon ?? <ArrowRight aria-hidden="true" />}
            {each.label}
            <span className="faint">{each.kind}</span>
          </li>
        ))}
        {found.length === 0 ? <li className="palette__item faint">Nothing is called like this.</li> : null}
      </ul>
    </dialog>
  );
}

/** Every word of what was typed stands in the name, in any order. */
function matches(text: string, name: string): boolean {
  const inside = name.toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => inside.includes(word));
}
