"""Pipeline executions' steps: the rows that ListPipelineExecutionSteps answers and the pipelines engine moves."""
