/** All that happened to a version, newest first: registered, decided about, deployed, let into production. */

import { CheckCheck, CircleX, PackageCheck, Radio, RotateCcw } from "lucide-react";
import { Link } from "wouter";
import { Card, Loaded } from "../../parts/Box";
import { Time } from "../../parts/Time";
import { type Happening, nameOf, useHappenings } from "./happenings";

const ICONS: Record<Happening["what"], React.ReactNode> = {
  registered: <PackageCheck />,
  approved: <CheckCheck />,
  rejected: <CircleX />,
  reset: <RotateCcw />,
  deployed: <Radio />,
  released: <CheckCheck />,
  "held back": <CircleX />,
};

export function Activity({ arn, made }: { arn: string; made: string }) {
  const happenings = useHappenings(arn);
  return (
    <Card flush>
      <Loaded query={happenings}>
        {({ happenings: found }) => (
          <ol className="happened">
            {found.map((each, index) => (
              <li key={index}>
                {ICONS[each.what]}
                <span>
                  <What happening={each} made={made} />
                  {each.who ? <span className="soft"> by {nameOf(each.who)}</span> : null}
                </span>
                <span className="faint small">
                  <Time at={each.time} />
                </span>
                {each.text ? <p>{each.text}</p> : null}
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </Card>
  );
}

function What({ happening, made }: { happening: Happening; made: string }) {
  const { what, endpoint, stage, delivery, execution, action } = happening;
  switch (what) {
    case "deployed":
      return (
        <>
          Deployed to endpoint <Link href={`/endpoints/${endpoint}`}>{endpoint}</Link>
          {stage ? `, stage ${stage}` : ""}
        </>
      );
    case "released":
    case "held back":
      return (
        <>
          {action} of {stage} {what === "released" ? "approved" : "rejected"} in <Link href={`/delivery/${delivery}/executions/${execution}`}>{delivery}</Link>
        </>
      );
    case "registered":
      return made ? (
        <>
          Registered from <Link href={`/pipelines/${made}`}>execution {made.split("/").pop()}</Link>
        </>
      ) : (
        <>Registered</>
      );
    default:
      return <>{WORDS[what]}</>;
  }
}

const WORDS = { approved: "Approved", rejected: "Rejected", reset: "Put back to pending approval" };
