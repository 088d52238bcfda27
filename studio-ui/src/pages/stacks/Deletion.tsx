/** Deleting a stack takes typing its name: all that it made goes with it. */

import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { ErrorBox } from "../../parts/Box";
import { Dialog } from "../../parts/Dialog";
import { useWrite } from "../../wire/query";
import { type Stack, stackPage } from "./shapes";

export function Deletion({ stack }: { stack: Stack }) {
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState("");
  const remove = useWrite("cloudformation", "DeleteStack", ["DescribeStacks", "ListStacks", "DescribeStackEvents"]);
  const name = stack.StackName;
  const [, go] = useLocation();
  const close = () => {
    setAsking(false);
    setTyped("");
    remove.reset();
  };
  // A deleted stack is found by its id alone.
  const gone = () => {
    close();
    go(stackPage(stack.StackId));
  };
  return (
    <>
      <button type="button" className="button button--danger" onClick={() => setAsking(true)}>
        <Trash2 /> Delete stack
      </button>
      {asking ? (
        <Dialog
          title={`Delete ${name}?`}
          close={close}
          foot={
            <>
              <button type="button" className="button" onClick={close}>
                Keep it
              </button>
              <button type="button" className="button button--danger button--primary" disabled={typed !== name || remove.isPending} onClick={() => remove.mutate({ StackName: stack.StackId }, { onSuccess: gone })}>
                Delete stack {name}
              </button>
            </>
          }
        >
          {remove.error ? <ErrorBox error={remove.error} /> : null}
          <p>Everything the stack made is deleted, but for what its template says is to stay. A bucket that holds objects keeps the stack from going.</p>
          <label className="field">
            <span className="field__label">Type the name of the stack</span>
            <input className="input" value={typed} autoComplete="off" placeholder={name} onChange={(event) => setTyped(event.target.value)} />
          </label>
        </Dialog>
      ) : null}
    </>
  );
}
