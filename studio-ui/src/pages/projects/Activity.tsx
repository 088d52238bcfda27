/** What has happened in a project, newest first. */

import { Card, Empty, Loaded } from "../../parts/Box";
import { ArnLink } from "../../parts/Copyable";
import { Mark } from "../../parts/Status";
import { lookOf } from "../../parts/statuses";
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
  return (
    <li className="happening">
      <span className="status" data-look={lookOf(happening.status)}>
        <Mark look={lookOf(happening.status)} />
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
