/** What SageMaker answers of monitors, as far as pages use it. */

export interface ScheduleSummary {
  MonitoringScheduleName: string;
  MonitoringScheduleArn: string;
  MonitoringScheduleStatus: string;
  MonitoringType?: string;
  MonitoringJobDefinitionName?: string;
  EndpointName?: string;
  CreationTime: string;
  LastModifiedTime: string;
}

export interface ScheduleConfig {
  ScheduleConfig?: { ScheduleExpression: string; DataAnalysisStartTime?: string; DataAnalysisEndTime?: string };
  MonitoringJobDefinitionName?: string;
  MonitoringType?: string;
  MonitoringJobDefinition?: object;
}

export interface Schedule extends ScheduleSummary {
  MonitoringScheduleConfig?: ScheduleConfig;
  LastMonitoringExecutionSummary?: Run;
  FailureReason?: string;
}

export interface Run {
  MonitoringScheduleName: string;
  ScheduledTime: string;
  CreationTime: string;
  LastModifiedTime: string;
  MonitoringExecutionStatus: string;
  ProcessingJobArn?: string;
  EndpointName?: string;
  FailureReason?: string;
  MonitoringType?: string;
}

export interface Violation {
  feature_name?: string;
  metric_name?: string;
  facet?: string;
  facet_value?: string;
  constraint_check_type?: string;
  description?: string;
}

const TYPES: Record<string, string> = {
  DataQuality: "Data quality",
  ModelQuality: "Model quality",
  ModelBias: "Bias",
  ModelExplainability: "Explainability",
};
const ORDER = Object.keys(TYPES);

export function typeLabel(type: string | undefined): string {
  return TYPES[type ?? ""] ?? type ?? "Monitor";
}

/** Schedules in the order of what they watch, then by name. */
export function ordered<S extends { MonitoringType?: string; MonitoringScheduleName: string }>(schedules: S[]): S[] {
  const place = (schedule: S) => ORDER.indexOf(schedule.MonitoringType ?? "");
  return [...schedules].sort((one, other) => place(one) - place(other) || one.MonitoringScheduleName.localeCompare(other.MonitoringScheduleName));
}

/** `_c3`, `mae`, `_c8 = 1: DPPL`: what a violation is about. */
export function subjectOf(violation: Violation): string {
  const facet = violation.facet ? `${violation.facet}${violation.facet_value ? ` = ${violation.facet_value}` : ""}: ` : "";
  return `${facet}${violation.feature_name ?? violation.metric_name ?? ""}`;
}
