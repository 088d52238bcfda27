/** What a job reads and writes, and what it was told. */

import { Facts } from "../../parts/Box";
import { Copyable } from "../../parts/Copyable";
import { ObjectLink } from "../../parts/Objects";
import { type Channel, inputsOf, outputsOf } from "../pipelines/jobs";

type Document = Record<string, unknown>;

export function JobData({ document }: { document: Document }) {
  const told = Object.entries((document["Environment"] ?? document["HyperParameters"] ?? {}) as Record<string, string>);
  return (
    <>
      <Channels title="Reads" of={inputsOf(document)} />
      <Channels title="Writes" of={outputsOf(document)} />
      {told.length ? (
        <section style={{ display: "grid", gap: 8, minWidth: 0 }}>
          <h3>{document["HyperParameters"] ? "Hyperparameters" : "Environment"}</h3>
          <Facts list of={told.map(([name, value]): [string, React.ReactNode] => [name, <Copyable key={name} text={value} mono />])} />
        </section>
      ) : null}
    </>
  );
}

function Channels({ title, of }: { title: string; of: Channel[] }) {
  return (
    <section style={{ display: "grid", gap: 8, minWidth: 0 }}>
      <h3>{title}</h3>
      {of.length === 0 ? <p className="faint">Nothing.</p> : <Facts list of={of.map(({ name, uri }): [string, React.ReactNode] => [name, <ObjectLink key={name} uri={uri} />])} />}
    </section>
  );
}
