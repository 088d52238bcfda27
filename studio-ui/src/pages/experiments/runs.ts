/** Runs (trial components) as rows: parameters and metrics by name. */

export interface Component {
  TrialComponentName: string;
  TrialComponentArn: string;
  DisplayName?: string;
  Source?: { SourceArn?: string; SourceType?: string };
  Status?: { PrimaryStatus?: string; Message?: string };
  StartTime?: string;
  EndTime?: string;
  CreationTime: string;
  Parameters?: Record<string, { StringValue?: string; NumberValue?: number }>;
  Metrics?: { MetricName: string; Last?: number; Min?: number; Max?: number; Avg?: number; Count?: number }[];
  Parents?: { TrialName?: string; ExperimentName?: string }[];
}

export interface Run {
  name: string;
  arn: string;
  label: string;
  kind: string;
  trial: string;
  status: string;
  started: string;
  ended: string | undefined;
  source: string;
  parameters: Record<string, string | number>;
  metrics: Record<string, number>;
}

export function runOf(component: Component): Run {
  const parameters = Object.entries(component.Parameters ?? {}).map(([name, value]): [string, string | number] => [name, value.NumberValue ?? value.StringValue ?? ""]);
  const metrics = (component.Metrics ?? []).flatMap((each): [string, number][] => (each.Last === undefined ? [] : [[each.MetricName, each.Last]]));
  return {
    name: component.TrialComponentName,
    arn: component.TrialComponentArn,
    label: component.DisplayName ?? component.TrialComponentName,
    kind: (component.Source?.SourceType ?? "Run").replace(/^SageMaker/, "").replace(/Job$/, ""),
    trial: component.Parents?.find((parent) => parent.TrialName)?.TrialName ?? "",
    status: component.Status?.PrimaryStatus ?? "",
    started: component.StartTime ?? component.CreationTime,
    ended: component.EndTime,
    source: component.Source?.SourceArn ?? "",
    parameters: Object.fromEntries(parameters),
    metrics: Object.fromEntries(metrics),
  };
}

/** Names that any run has, those that differ between runs first. */
export function namesOf(runs: Run[], of: (run: Run) => Record<string, string | number>): string[] {
  const values = new Map<string, Set<string>>();
  for (const run of runs) {
    for (const [name, value] of Object.entries(of(run))) values.set(name, (values.get(name) ?? new Set()).add(String(value)));
  }
  return [...values].sort(([, one], [, other]) => Number(other.size > 1) - Number(one.size > 1)).map(([name]) => name);
}
