/** Objects are deleted after asking, each by name. */

import { ErrorBox } from "../../parts/Box";
import { Removal } from "../../parts/Removal";
import { useWrite } from "../../wire/query";

const NAMED_MAX = 12;

interface Answer {
  Errors?: { Key: string; Code: string; Message: string }[];
}

export function Deletion({ bucket, names, close, done }: { bucket: string; names: string[]; close: () => void; done: () => void }) {
  const remove = useWrite<{ Bucket: string; Delete: unknown }, Answer>("s3", "DeleteObjects", ["ListObjectsV2", "HeadObject"]);
  const refused = remove.data?.Errors ?? [];
  const go = () => remove.mutate({ Bucket: bucket, Delete: { Objects: names.map((Key) => ({ Key })), Quiet: true } }, { onSuccess: (answer) => (answer.Errors?.length ? undefined : done()) });
  const what = names.length === 1 ? "object" : `${names.length} objects`;
  return (
    <Removal
      title={`Delete ${names.length === 1 ? names[0]?.split("/").pop() : what}?`}
      does={`Delete ${what}`}
      go={go}
      close={close}
      pending={remove.isPending}
      error={remove.error}
    >
      {refused.map((each) => (
        <ErrorBox key={each.Key} error={Object.assign(new Error(`${each.Key}: ${each.Message}`), { name: each.Code })} />
      ))}
      <p>
        From bucket <strong>{bucket}</strong>. Without versioning an object that is deleted cannot be had back, and what reads it afterwards fails.
      </p>
      <ul className="mono small">
        {names.slice(0, NAMED_MAX).map((name) => (
          <li key={name} style={{ overflowWrap: "anywhere" }}>
            {name}
          </li>
        ))}
        {names.length > NAMED_MAX ? <li className="faint">and {names.length - NAMED_MAX} more</li> : null}
      </ul>
    </Removal>
  );
}
