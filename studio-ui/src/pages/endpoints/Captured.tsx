/** What came in and went out, as it was captured. */

import { RotateCw } from "lucide-react";
import { useState } from "react";
import { Card, Empty, Facts, Loaded } from "../../parts/Box";
import { Copyable, Snippet } from "../../parts/Copyable";
import { bytesText } from "../../parts/objectText";
import { ObjectLink } from "../../parts/Objects";
import { SidePanel, Split } from "../../parts/SidePanel";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { preview } from "../../wire/call";
import { useReading } from "../../wire/query";
import { type Record_, recordsOf } from "./captured";
import { type CaptureFile, newestFiles, placeOf } from "./captures";
import type { EndpointDescription } from "./shapes";

const FILES_MAX = 48;

export function Captured({ endpoint }: { endpoint: EndpointDescription }) {
  const place = placeOf(endpoint);
  const files = useReading(["captured", endpoint.EndpointName], (signal) => newestFiles(place?.bucket ?? "", place?.prefix ?? "", FILES_MAX, signal), { enabled: place !== null, about: ["aws.s3", "metric:AWS/SageMaker"] });
  const [chosen, setChosen] = useState("");
  const again = (
    <button type="button" className="button button--small" disabled={files.isFetching} onClick={() => void files.refetch()}>
      <RotateCw /> Read again
    </button>
  );
  return (
    <Loaded query={files}>
      {(found) => {
        const file = found.find((each) => each.Key === chosen) ?? found[0];
        if (!file || !place) return <Card><Empty action={again}>Nothing has been captured yet. Requests appear here some seconds after they were answered.</Empty></Card>;
        return (
          <Card
            flush
            title={
              <select className="input" style={{ width: "auto", maxWidth: "100%" }} aria-label="File of captured requests" value={file.Key} onChange={(event) => setChosen(event.target.value)}>
                {found.map((each) => (
                  <option key={each.Key} value={each.Key}>
                    {label(each, place.prefix)}
                  </option>
                ))}
              </select>
            }
            actions={
              <>
                <span className="faint small number">{bytesText(file.Size)}</span>
                {again}
              </>
            }
          >
            <Records uri={`s3://${place.bucket}/${file.Key}`} />
          </Card>
        );
      }}
    </Loaded>
  );
}

/** `AllTraffic, 2026/11/25 20:37`. */
function label(file: CaptureFile, prefix: string): string {
  const [variant = "", year, month, day, hour, name = ""] = file.Key.slice(prefix.length).split("/");
  return `${variant}, ${year}-${month}-${day} ${hour}:${name.slice(0, 2)} UTC`;
}

function Records({ uri }: { uri: string }) {
  const records = useReading(["captured", "file", uri], async (signal) => recordsOf(new TextDecoder().decode((await preview(uri, signal)).bytes)));
  const [open, setOpen] = useState<Record_ | null>(null);
  return (
    <Loaded query={records} waiting={<div style={{ height: 240 }} />}>
      {(rows) => (
        <Split panel={open ? <RecordPanel record={open} uri={uri} close={() => setOpen(null)} /> : null}>
          <div style={{ minWidth: 0 }}>
            <Table
              name="captured"
              rows={rows}
              rowKey={(row) => row.id}
              columns={[
                { id: "at", label: "When", value: (row) => row.at, show: (row) => <button type="button" className="link-button" onClick={() => setOpen(row)}><Time at={row.at} /></button> },
                { id: "input", label: "Request", value: (row) => row.input, show: (row) => <span className="mono">{row.input}</span> },
                { id: "output", label: "Answer", value: (row) => row.output, show: (row) => <span className="mono">{row.output}</span> },
                { id: "id", label: "Id", value: (row) => row.id, extra: true },
              ]}
            />
          </div>
        </Split>
      )}
    </Loaded>
  );
}

function RecordPanel({ record, uri, close }: { record: Record_; uri: string; close: () => void }) {
  return (
    <SidePanel
      title="Captured request"
      under={<span className="soft small"><Time at={record.at} both /></span>}
      close={close}
      tabs={[
        {
          id: "overview",
          label: "Overview",
          body: () => (
            <>
              <Facts
                list
                of={[
                  ["Id", <Copyable key="i" text={record.id} mono />],
                  ["Content type", record.contentType],
                  ["File", <ObjectLink key="f" uri={uri} />],
                ]}
              />
              <h3>Request</h3>
              <Snippet text={record.input} />
              <h3>Answer</h3>
              <Snippet text={record.output} />
            </>
          ),
        },
      ]}
    />
  );
}
