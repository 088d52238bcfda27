/** What has happened in a project, newest first. */

import { Card, Empty, Loaded } from "../../parts/Box";
import { ArnLink } from "../../parts/Copyable";
import { Mark } from "../../parts/Status";
import { type Look, lookOf } from "../../parts/statuses";
import { Time } from "../../parts/Time";
import { read } from "../../wire/call";
import { useReading } from "../../wire/query";
import { type Happening, sentence } from "./happenings";
import type { Belongings } from "./shapes";

const ABOUT = ["codepipeline", "codecommit", "sagemaker:project", "sagemaker:pipeline", "sagemaker:model-package", "sagemaker:endpoint", "sagemaker:monitoring-schedule"];

export function Activity({ own }: { own: Belongings }) {
  const project = own.arn.split("/").pop() ?? "";
  const happenings = useReading<{ happenings: Happening[] }>(["ormer", "activity", project], (signal) => read(`activity?project=${encodeURIComponent(project)}`, signal), { about: ABOUT });
  return (
    <Card flush>
      <Loaded query={happenings}>
        {({ happenings: found }) =>
          found.length === 0 ? (
            <Empty>Nothing has happened yet.</Empty>
          ) : (
            <ol>
              {found.map((each) => (
                <Row key={each.id} happening={each} />
              ))}
            </ol>
          )
        }
      </Loaded>
    </Card>
  );
}

function Row({ happening }: { happening: Happening }) {
  const { text, more } = sentence(happening);
  const look = lookThen(happening.status);
  return (
    <li className="happening">
      <span className="status" data-look={look}>
        <Mark look={look} />
      </span>
      <span className="happening__about">
        <ArnLink arn={happening.words.pipelineExecutionArn ?? happening.subject}>{text}</ArnLink>
      </span>
      <span className="faint small">
        <Time at={happening.time} />
      </span>
      {more ? <span className="happening__more">{more}</span> : null}
    </li>
  );
}

/** What was under way then is not so now: it only gets a dot. Events write IN_SERVICE where documents have InService. */
function lookThen(status: string): Look {
  const look = lookOf(status.replaceAll("_", ""));
  return look === "run" ? "plain" : look;
}
