/** One object: what is in it, and what S3 says of it. */

import { Download } from "lucide-react";
import { Card, Facts, Loaded, type Tab } from "../../parts/Box";
import { Copyable } from "../../parts/Copyable";
import { Json } from "../../parts/Json";
import { ObjectPreview } from "../../parts/Objects";
import { bytesText } from "../../parts/objectText";
import { SidePanel } from "../../parts/SidePanel";
import { Time } from "../../parts/Time";
import { objectAddress } from "../../wire/call";
import { useOperation } from "../../wire/query";

type Head = Record<string, unknown> & { ContentLength?: number; ContentType?: string; ETag?: string; LastModified?: string; VersionId?: string; Metadata?: Record<string, string> };

export function ObjectPanel({ bucket, name, close }: { bucket: string; name: string; close: () => void }) {
  const uri = `s3://${bucket}/${name}`;
  const tabs: Tab[] = [
    { id: "preview", label: "Preview", body: () => <ObjectPreview uri={uri} /> },
    { id: "details", label: "Details", body: () => <Details bucket={bucket} name={name} /> },
  ];
  return <SidePanel title={name.split("/").filter(Boolean).pop() ?? name} under={<Copyable text={uri} mono />} tabs={tabs} close={close} />;
}

function Details({ bucket, name }: { bucket: string; name: string }) {
  const head = useOperation<Head>("s3", "HeadObject", { Bucket: bucket, Key: name }, { about: ["s3"] });
  return (
    <Loaded query={head}>
      {(found) => (
        <>
          <Facts
            list
            of={[
              ["Size", `${bytesText(found.ContentLength ?? 0)} (${(found.ContentLength ?? 0).toLocaleString("en")} bytes)`],
              ["Changed", <Time key="t" at={found.LastModified} both />],
              ["ETag", <Copyable key="e" text={(found.ETag ?? "").replaceAll('"', "")} mono />],
              ["Type", found.ContentType],
              ["Version", found.VersionId ? <Copyable key="v" text={found.VersionId} mono /> : null],
              ...Object.entries(found.Metadata ?? {}).map(([key, value]): [string, React.ReactNode] => [`x-amz-meta-${key}`, value]),
              [
                "Copy of it",
                <a key="d" className="button button--small" href={objectAddress(`s3://${bucket}/${name}`, true)} download>
                  <Download /> Download
                </a>,
              ],
            ]}
          />
          <Card title="HeadObject">
            <Json value={found} />
          </Card>
        </>
      )}
    </Loaded>
  );
}
