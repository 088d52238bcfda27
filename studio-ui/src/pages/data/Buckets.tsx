/** Every bucket: where projects keep their artifacts, jobs their outputs, endpoints what they captured. */

import { Link } from "wouter";
import { usePlace } from "../../app/crumbs";
import { Page } from "../../app/Page";
import { Card, Empty, Loaded } from "../../parts/Box";
import { Copyable, Snippet } from "../../parts/Copyable";
import { bucketPage } from "../../parts/objectText";
import { Table } from "../../parts/Table";
import { Time } from "../../parts/Time";
import { useOperation } from "../../wire/query";

interface Bucket {
  Name: string;
  CreationDate: string;
  BucketRegion?: string;
}

export default function Buckets() {
  usePlace(["Data"]);
  const buckets = useOperation<{ Buckets?: Bucket[] }>("s3", "ListBuckets", {}, { about: ["s3"] });
  return (
    <Page title="Data" about="Objects in S3, by bucket.">
      <Card flush>
        <Loaded query={buckets}>
          {({ Buckets: found = [] }) => (
            <Table
              name="buckets"
              rows={found}
              rowKey={(row) => row.Name}
              leads={(row) => bucketPage(row.Name)}
              order="name"
              columns={[
                { id: "name", label: "Bucket", value: (row) => row.Name, show: (row) => <Link href={bucketPage(row.Name)}>{row.Name}</Link> },
                { id: "region", label: "Region", value: (row) => row.BucketRegion ?? null },
                { id: "created", label: "Created", value: (row) => row.CreationDate, show: (row) => <Time at={row.CreationDate} /> },
                { id: "uri", label: "URI", value: (row) => `s3://${row.Name}`, show: (row) => <Copyable text={`s3://${row.Name}`} mono /> },
              ]}
              empty={<Empty action={<Snippet text="aws s3 mb s3://my-bucket" />}>There is no bucket yet. Projects make one for their artifacts, the SageMaker SDK makes its default bucket, and you can make one of your own.</Empty>}
            />
          )}
        </Loaded>
      </Card>
    </Page>
  );
}
