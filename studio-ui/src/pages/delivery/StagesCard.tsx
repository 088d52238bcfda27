/** A delivery's stages, with what is known of the chosen action beside them, and the question that a person is asked. */

import { useState } from "react";
import { useAddress } from "../../parts/address";
import { Card } from "../../parts/Box";
import { Split } from "../../parts/SidePanel";
import { ActionPanel } from "./ActionPanel";
import { ReviewDialog } from "./ReviewDialog";
import type { ActionExecution } from "./shapes";
import { keyOf, Stages } from "./Stages";
import { type Carried, messageOf, type ShownAction, type ShownStage } from "./stages";

interface Settings {
  pipeline: string;
  stages: ShownStage[];
  runs: ActionExecution[] | undefined;
  /** What an execution carries, where it is known. */
  carriedBy: (execution: string) => Carried | undefined;
}

export function StagesCard({ pipeline, stages, runs, carriedBy }: Settings) {
  const [search, change] = useAddress();
  const [reviewed, setReviewed] = useState<string | null>(null);
  const chosen = search.get("action");
  const choose = (action: string | null) => change({ action });
  const every = stages.flatMap((stage) => stage.actions.map((action): { stage: ShownStage; action: ShownAction } => ({ stage, action })));
  const find = (key: string | null) => every.find(({ stage, action }) => keyOf(stage.name, action.declared.name) === key);
  const shown = find(chosen);
  const asked = find(reviewed);
  return (
    <Card flush>
      <Split panel={shown ? <ActionPanel key={chosen} {...shown} run={runs?.find((run) => run.actionExecutionId === shown.action.id)} close={() => choose(null)} /> : null}>
        <Stages
          pipeline={pipeline}
          stages={stages}
          chosen={chosen}
          choose={choose}
          review={(stage, action) => setReviewed(keyOf(stage.name, action.declared.name))}
          message={(execution) => messageOf(carriedBy(execution))}
        />
      </Split>
      {asked?.action.token ? <ReviewDialog pipeline={pipeline} stages={stages} {...asked} execution={carriedBy(asked.stage.execution)} close={() => setReviewed(null)} /> : null}
    </Card>
  );
}
