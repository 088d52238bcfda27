/** Asks before something goes for good; for what much hangs on, its name has to be typed. */

import { useState } from "react";
import { ErrorBox } from "./Box";
import { Dialog } from "./Dialog";

export interface RemovalProps {
  title: string;
  /** What the button says that does it. */
  does: string;
  go: () => void;
  close: () => void;
  pending: boolean;
  error: Error | null;
  /** What has to be typed first, and how that field is called. */
  typed?: { name: string; label: string };
  /** What happens to what hangs on it. */
  children: React.ReactNode;
}

export function Removal({ title, does, go, close, pending, error, typed, children }: RemovalProps) {
  const [text, setText] = useState("");
  return (
    <Dialog
      title={title}
      close={close}
      foot={
        <>
          <button type="button" className="button" onClick={close}>
            Keep it
          </button>
          <button type="button" className="button button--danger button--primary" disabled={(typed && text !== typed.name) || pending} onClick={go}>
            {does}
          </button>
        </>
      }
    >
      {error ? <ErrorBox error={error} /> : null}
      {children}
      {typed ? (
        <label className="field">
          <span className="field__label">{typed.label}</span>
          <input className="input" value={text} autoFocus autoComplete="off" spellCheck={false} placeholder={typed.name} onChange={(event) => setText(event.target.value)} />
        </label>
      ) : null}
    </Dialog>
  );
}
