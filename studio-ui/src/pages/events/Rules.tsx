/** The rules of a bus. */

import { Link } from "wouter";
import { useAddress } from "../../parts/address";
import { Card, Empty, Loaded } from "../../parts/Box";
import { Snippet } from "../../parts/Copyable";
import { Status } from "../../parts/Status";
import { Table } from "../../parts/Table";
import { useList } from "../../wire/query";
import { Choice } from "./Happened";
import { aboutOf } from "./happened";
import { type Rule, rulePage } from "./shapes";

const MAKE = `aws events put-rule --name orders --event-pattern '{"source": ["shop"]}'`;

export function Rules() {
  const [search, change] = useAddress();
  const bus = search.get("bus") || "default";
  const buses = useList<{ Name: string }>("events", "ListEventBuses", {}, "EventBuses");
  const rules = useList<Rule>("events", "ListRules", { EventBusName: bus }, "Rules", { about: ["cloudformation"] });
  const choose = (name: string) => change({ bus: name });
  const names = (buses.data ?? []).map((each) => each.Name);
  return (
    <Card flush>
      <Loaded query={rules}>
        {(found) => (
          <Table
            name="rules"
            rows={found}
            rowKey={(row) => row.Arn}
            leads={(row) => rulePage(bus, row.Name)}
            order="name"
            actions={names.length > 1 ? <Choice label="Event bus" value={bus} values={names} choose={choose} any={null} /> : null}
            columns={[
              { id: "name", label: "Name", value: (row) => row.Name, show: (row) => <Link href={rulePage(bus, row.Name)}>{row.Name}</Link> },
              { id: "state", label: "State", value: (row) => row.State, show: (row) => <Status value={row.State} />, filter: true },
              { id: "about", label: "Listens to", value: (row) => aboutOf(row) },
              { id: "description", label: "Description", value: (row) => row.Description ?? null },
              { id: "arn", label: "ARN", value: (row) => row.Arn, extra: true },
            ]}
            empty={<Empty action={<Snippet text={MAKE} />}>No rule listens on the bus {bus}. Projects bring some: a push starts modelbuild, an approval starts modeldeploy.</Empty>}
          />
        )}
      </Loaded>
    </Card>
  );
}
