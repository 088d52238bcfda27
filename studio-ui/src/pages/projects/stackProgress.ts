/** A stack's events, as one row a resource. */

export interface StackEvent {
  EventId: string;
  StackId: string;
  LogicalResourceId: string;
  PhysicalResourceId?: string;
  ResourceType: string;
  ResourceStatus: string;
  ResourceStatusReason?: string;
  Timestamp: string;
}

export interface Made {
  id: string;
  type: string;
  status: string;
  reason: string;
  began: string;
  ended: string | undefined;
}

const BEGUN = "User Initiated";

/** Events of what is being done with the stack now, as CloudFormation answers them (newest first); oldest first. */
export function ofThisOperation(events: StackEvent[]): StackEvent[] {
  // What begins and ends in one millisecond stays in its order.
  const inOrder = [...events].reverse().sort((one, other) => one.Timestamp.localeCompare(other.Timestamp));
  const start = inOrder.findLastIndex((event) => isStack(event) && event.ResourceStatusReason === BEGUN);
  return inOrder.slice(Math.max(0, start));
}

/** One row a resource, in the order in which they began. */
export function madeOf(events: StackEvent[]): Made[] {
  const rows = new Map<string, Made>();
  for (const event of ofThisOperation(events)) {
    if (isStack(event)) continue;
    const over = !event.ResourceStatus.endsWith("_IN_PROGRESS");
    const known = rows.get(event.LogicalResourceId);
    rows.set(event.LogicalResourceId, {
      id: event.LogicalResourceId,
      type: event.ResourceType,
      status: event.ResourceStatus,
      reason: event.ResourceStatus.endsWith("_FAILED") ? (event.ResourceStatusReason ?? "") : (known?.reason ?? ""),
      began: known?.began ?? event.Timestamp,
      ended: over ? event.Timestamp : undefined,
    });
  }
  return [...rows.values()];
}

function isStack(event: StackEvent): boolean {
  return event.PhysicalResourceId === event.StackId;
}

/** `AWS::CodePipeline::Pipeline` as people say: "CodePipeline pipeline". */
export function typeWords(type: string): string {
  const [, service = "", noun = ""] = type.split("::");
  return noun ? `${service} ${noun.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()}` : type;
}
