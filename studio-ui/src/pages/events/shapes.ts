/** What the events pages read. */

export interface EventRow {
  /** Its number in the order of all events. */
  id: number;
  uuid: string;
  time: string;
  bus: string;
  source: string;
  type: string;
  resources: string[];
}

export interface Kind {
  bus: string;
  source: string;
  type: string;
  count: number;
}

export interface EventPage {
  events: EventRow[];
  /** Where the next page begins; null at the end. */
  before: number | null;
  kinds?: Kind[];
}

export interface Delivery {
  id: number;
  sender: string;
  target: string;
  targetId: string;
  eventId: string;
  detailType: string;
  replay: string;
  status: string;
  attempts: number;
  created: string;
  ended: string | null;
  code: string;
  message: string;
  exhausted: string;
}

export interface WholeEvent extends EventRow {
  event: Record<string, unknown>;
  actor: string;
  deliveries: Delivery[];
}

export interface Decision {
  number: number;
  id: string;
  time: string;
  source: string;
  type: string;
  fired: boolean;
  reason: string;
}

export interface RuleView {
  arn: string;
  created: string;
  decisions: Decision[];
  deliveries: Delivery[];
}

export interface Rule {
  Name: string;
  Arn: string;
  State: string;
  EventPattern?: string;
  ScheduleExpression?: string;
  Description?: string;
  EventBusName: string;
  RoleArn?: string;
}

export interface Target {
  Id: string;
  Arn: string;
  RoleArn?: string;
  Input?: string;
  InputPath?: string;
  InputTransformer?: { InputPathsMap?: Record<string, string>; InputTemplate: string };
  RetryPolicy?: { MaximumRetryAttempts?: number; MaximumEventAgeInSeconds?: number };
  DeadLetterConfig?: { Arn?: string };
}

export interface Finding {
  path: string;
  kind: "field" | "object" | "choice" | "element";
  met: boolean;
  found: unknown[];
  alternatives: { wants: unknown; met: boolean }[];
  inside: Finding[];
  note: string;
}

export interface Explanation {
  Result: boolean;
  findings: Finding[];
}

export function rulePage(bus: string, name: string): string {
  return `/events/rules/${encodeURIComponent(bus)}/${encodeURIComponent(name)}`;
}
