/** Who may look at Studio, and as what: added, linked and removed by those who may. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { Card, Empty, ErrorBox, Loaded } from "../../parts/Box";
import { ArnLink, Snippet } from "../../parts/Copyable";
import { Dialog } from "../../parts/Dialog";
import { Removal } from "../../parts/Removal";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { type ApiError, read, send } from "../../wire/call";
import { useReading } from "../../wire/query";
import { useSession } from "../../wire/session";

interface Person {
  name: string;
  arn: string;
  role: string;
  created: string;
}

export const ROLE_WORDS: Record<string, string> = {
  viewer: "sees everything, changes nothing",
  developer: "makes and runs, decides nothing",
  approver: "decides about versions and deployments",
  admin: "does everything",
};

/** One of the questions about people; the list is read again afterwards. */
function usePersonWrite(what: "person" | "person-link" | "person-removal") {
  const queries = useQueryClient();
  return useMutation<{ token?: string }, ApiError, { name: string; role?: string }>({
    mutationFn: (sent) => send(`/studio/api/ormer/${what}`, sent),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["ormer", "people"] }),
  });
}

export function People() {
  const people = useReading<{ people: Person[]; roles: string[] }>(["ormer", "people"], (signal) => read("people", signal));
  const { arn } = useSession();
  const [adding, setAdding] = useState<Person | "new" | null>(null);
  const [removing, setRemoving] = useState<Person | null>(null);
  const [link, setLink] = useState<{ name: string; token: string } | null>(null);
  const another = usePersonWrite("person-link");
  const linked = (name: string) => another.mutate({ name }, { onSuccess: ({ token }) => token && setLink({ name, token }) });
  return (
    <>
      {another.error ? <ErrorBox error={another.error} /> : null}
      <Loaded query={people}>
        {({ people: found, roles }) => (
          <>
            <Card
              flush
              title="People"
              actions={
                <button type="button" className="button button--small" onClick={() => setAdding("new")}>
                  <UserPlus /> Add person
                </button>
              }
            >
              <Table
                plain
                name="people"
                rows={found}
                rowKey={(row) => row.arn}
                order="name"
                columns={[
                  { id: "name", label: "Name", value: (row) => row.name, show: (row) => <ArnLink arn={row.arn}>{row.name}</ArnLink> },
                  { id: "role", label: "Role", value: (row) => row.role || "no role", show: (row) => <span title={ROLE_WORDS[row.role]}>{row.role || <span className="faint">no role</span>}</span> },
                  { id: "created", label: "Added", value: (row) => row.created, show: (row) => <Time at={row.created} /> },
                  {
                    id: "does",
                    label: "Change",
                    show: (row) => (
                      <span className="choice-row">
                        <button type="button" className="button button--small" aria-label={`New link for ${row.name}`} disabled={another.isPending} onClick={() => linked(row.name)}>
                          New link
                        </button>
                        <button type="button" className="button button--small" aria-label={`Change role of ${row.name}`} onClick={() => setAdding(row)}>
                          Change role
                        </button>
                        <button type="button" className="button button--small button--danger" aria-label={`Remove ${row.name}`} disabled={row.arn === arn} onClick={() => setRemoving(row)}>
                          Remove
                        </button>
                      </span>
                    ),
                  },
                ]}
                empty={<Empty action={<Snippet text="ormer user add ada --role approver" />}>Only root looks at Studio so far. Add the people who are to see it, each with a role, here or in a shell.</Empty>}
              />
            </Card>
            <Card title="Roles">
              <dl className="facts">
                {roles.map((role) => (
                  <div key={role}>
                    <dt>{role}</dt>
                    <dd>{ROLE_WORDS[role]}</dd>
                  </div>
                ))}
              </dl>
            </Card>
            {adding ? <Addition person={adding === "new" ? null : adding} roles={roles} close={() => setAdding(null)} added={(name, token) => setLink({ name, token })} /> : null}
          </>
        )}
      </Loaded>
      {removing ? <Farewell person={removing} close={() => setRemoving(null)} /> : null}
      {link ? <Link name={link.name} token={link.token} close={() => setLink(null)} /> : null}
    </>
  );
}

function Addition({ person, roles, close, added }: { person: Person | null; roles: string[]; close: () => void; added: (name: string, token: string) => void }) {
  const [name, setName] = useState(person?.name ?? "");
  const [role, setRole] = useState(person?.role || "viewer");
  const add = usePersonWrite("person");
  const go = () =>
    add.mutate(
      { name, role },
      {
        onSuccess: ({ token }) => {
          close();
          if (!person && token) added(name, token);
        },
      },
    );
  const good = /^[\w+=,.@-]{1,64}$/.test(name);
  return (
    <Dialog
      title={person ? `Role of ${person.name}` : "Add a person"}
      close={close}
      foot={
        <>
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
          <button type="button" className="button button--primary" disabled={!good || add.isPending} onClick={go}>
            {person ? "Change role" : `Add ${name || "person"}`}
          </button>
        </>
      }
    >
      {add.error ? <ErrorBox error={add.error} /> : null}
      {person ? null : (
        <label className="field">
          <span className="field__label">Name</span>
          <input className="input" value={name} autoComplete="off" aria-invalid={(name !== "" && !good) || undefined} onChange={(event) => setName(event.target.value)} />
          {name && !good ? <span className="field__fault">Letters, digits and + = , . @ _ - only.</span> : <span className="field__note">Stands under decisions and in events.</span>}
        </label>
      )}
      <fieldset className="flags">
        <legend className="field__label">Role</legend>
        {roles.map((each) => (
          <label key={each} className="choice">
            <input type="radio" name="role" value={each} checked={each === role} onChange={() => setRole(each)} />
            <span>
              {each} <span className="faint small">{ROLE_WORDS[each]}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </Dialog>
  );
}

function Farewell({ person, close }: { person: Person; close: () => void }) {
  const remove = usePersonWrite("person-removal");
  return (
    <Removal
      title={`Remove ${person.name}?`}
      does={`Remove ${person.name}`}
      go={() => remove.mutate({ name: person.name }, { onSuccess: close })}
      close={close}
      pending={remove.isPending}
      error={remove.error}
    >
      <p>Their sessions end, their links open nothing, and their access keys sign nothing any more. What they decided stays under their name.</p>
    </Removal>
  );
}

function Link({ name, token, close }: { name: string; token: string; close: () => void }) {
  return (
    <Dialog
      title={`A link for ${name}`}
      close={close}
      foot={
        <button type="button" className="button button--primary" onClick={close}>
          Done
        </button>
      }
    >
      <p>Send it to {name}. It signs in once, within 15 minutes, and whoever opens it first is {name}.</p>
      <Snippet text={`${window.location.origin}/studio/#sign-in=${token}`} />
    </Dialog>
  );
}
