/** A dialog that the browser keeps focus in. */

import { X } from "lucide-react";
import { useEffect, useRef } from "react";

export function Dialog({ title, close, children, foot, wide }: { title: string; close: () => void; children: React.ReactNode; foot?: React.ReactNode; wide?: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`dialog${wide ? " dialog--wide" : ""}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div className="dialog__head">
        <h2>{title}</h2>
        <button type="button" className="button button--quiet button--icon button--small" aria-label="Close" onClick={close}>
          <X />
        </button>
      </div>
      <div className="dialog__body">{children}</div>
      {foot ? <div className="dialog__foot">{foot}</div> : null}
    </dialog>
  );
}
