/** Deleting a stack takes typing its name: all that it made goes with it. */

import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { Removal } from "../../parts/Removal";
import { useWrite } from "../../wire/query";
import { type Stack, stackPage } from "./shapes";

export function Deletion({ stack }: { stack: Stack }) {
  const [asking, setAsking] = useState(false);
  const remove = useWrite("cloudformation", "DeleteStack", ["DescribeStacks", "ListStacks", "DescribeStackEvents"]);
  const name = stack.StackName;
  const [, go] = useLocation();
  const close = () => {
    setAsking(false);
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
        <Removal
          title={`Delete ${name}?`}
          does={`Delete stack ${name}`}
          go={() => remove.mutate({ StackName: stack.StackId }, { onSuccess: gone })}
          close={close}
          pending={remove.isPending}
          error={remove.error}
          typed={{ name, label: "Type the name of the stack" }}
        >
          <p>Everything the stack made is deleted, but for what its template says is to stay. A bucket that holds objects keeps the stack from going.</p>
        </Removal>
      ) : null}
    </>
  );
}
