/** The access keys of whoever is signed in. A secret is shown once, when its key is made. */

import { KeyRound } from "lucide-react";
import { useState } from "react";
import { Card, Empty, ErrorBox, Loaded } from "../../parts/Box";
import { Copyable, Snippet } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import { Removal } from "../../parts/Removal";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { useOperation, useWrite } from "../../wire/query";
import { useSession } from "../../wire/session";
import type { Key } from "./connect";

interface KeyRow {
  AccessKeyId: string;
  Status: string;
  CreateDate: string;
}

const TOUCHES = ["ListAccessKeys"];

export function Keys({ made, setMade }: { made: Key | undefined; setMade: (key: Key | undefined) => void }) {
  const { name, arn } = useSession();
  const keys = useOperation<{ AccessKeyMetadata: KeyRow[] }>("iam", "ListAccessKeys", {});
  const create = useWrite<Record<string, never>, { AccessKey: { AccessKeyId: string; SecretAccessKey: string } }>("iam", "CreateAccessKey", TOUCHES);
  const update = useWrite("iam", "UpdateAccessKey", TOUCHES);
  const [showing, setShowing] = useState(false);
  const [doomed, setDoomed] = useState("");
  const make = () =>
    create.mutate(
      {},
      {
        onSuccess: ({ AccessKey: key }) => {
          setMade({ id: key.AccessKeyId, secret: key.SecretAccessKey });
          setShowing(true);
        },
      },
    );
  return (
    <>
      {create.error ? <ErrorBox error={create.error} /> : null}
      {update.error ? <ErrorBox error={update.error} /> : null}
      <Card
        flush
        title={`Keys of ${name}`}
        actions={
          <button type="button" className="button button--small" disabled={create.isPending} onClick={make}>
            <KeyRound /> Create access key
          </button>
        }
      >
        <Loaded query={keys}>
          {({ AccessKeyMetadata: found }) => (
            <Table
              plain
              name="access-keys"
              rows={found}
              rowKey={(row) => row.AccessKeyId}
              columns={[
                { id: "id", label: "Access key id", value: (row) => row.AccessKeyId, show: (row) => <Copyable text={row.AccessKeyId} mono /> },
                { id: "status", label: "Status", value: (row) => row.Status, show: (row) => <Status value={row.Status === "Active" ? "Active" : "Disabled"} words={row.Status} /> },
                { id: "created", label: "Created", value: (row) => row.CreateDate, show: (row) => <Time at={row.CreateDate} /> },
                {
                  id: "does",
                  label: "Change",
                  show: (row) => (
                    <span className="choice-row">
                      <button type="button" className="button button--small" aria-label={`${row.Status === "Active" ? "Deactivate" : "Activate"} ${row.AccessKeyId}`} disabled={update.isPending} onClick={() => update.mutate({ AccessKeyId: row.AccessKeyId, Status: row.Status === "Active" ? "Inactive" : "Active" })}>
                        {row.Status === "Active" ? "Deactivate" : "Activate"}
                      </button>
                      <button type="button" className="button button--small button--danger" aria-label={`Delete ${row.AccessKeyId}`} onClick={() => setDoomed(row.AccessKeyId)}>
                        Delete
                      </button>
                    </span>
                  ),
                },
              ]}
              empty={<Empty>You have no access key yet. Programs sign with one: boto3, the AWS CLI, the SageMaker SDK.</Empty>}
            />
          )}
        </Loaded>
      </Card>
      <p className="soft small">
        A key may do what {arn.endsWith(":root") ? "root may: everything. Make a person of their own for everybody else" : "you may in Studio"}. The first key of this home belongs to root and stays.
      </p>
      {showing && made ? <Secret made={made} close={() => setShowing(false)} /> : null}
      {doomed ? <Deletion id={doomed} close={() => setDoomed("")} /> : null}
    </>
  );
}

function Secret({ made, close }: { made: Key; close: () => void }) {
  return (
    <Dialog
      title="Your new access key"
      close={close}
      foot={
        <button type="button" className="button button--primary" onClick={close}>
          I have kept it
        </button>
      }
    >
      <p>The secret is shown now and never again. If it is lost, make another key and delete this one.</p>
      <div className="field">
        <span className="field__label">Access key id</span>
        <Snippet text={made.id} />
      </div>
      <div className="field">
        <span className="field__label">Secret access key</span>
        <Snippet text={made.secret} />
      </div>
    </Dialog>
  );
}

function Deletion({ id, close }: { id: string; close: () => void }) {
  const remove = useWrite("iam", "DeleteAccessKey", TOUCHES);
  return (
    <Removal title={`Delete ${id}?`} does="Delete key" go={() => remove.mutate({ AccessKeyId: id }, { onSuccess: close })} close={close} pending={remove.isPending} error={remove.error}>
      <p>Whatever signs with it is refused from now on. Deactivate it instead to be able to go back.</p>
    </Removal>
  );
}
