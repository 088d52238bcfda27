/** What clients are told to find this server, in the words of the shell or library at hand. */

export const SHELLS = ["sh", "fish", "powershell", "dotenv"] as const;
export type Shell = (typeof SHELLS)[number];
export const SHELL_NAMES: Record<Shell, string> = { sh: "sh, bash, zsh", fish: "fish", powershell: "PowerShell", dotenv: ".env" };

export interface Place {
  endpoint: string;
  region: string;
  account: string;
}

/** A key that was just made; without one the snippets say where it belongs. */
export interface Key {
  id: string;
  secret: string;
}

const NO_KEY: Key = { id: "YOUR_ACCESS_KEY_ID", secret: "YOUR_SECRET_ACCESS_KEY" };

/** [name, value] of what every AWS client reads. */
export function variablesOf(place: Place, key: Key = NO_KEY): [string, string][] {
  return [
    ["AWS_ENDPOINT_URL", place.endpoint],
    ["AWS_ACCESS_KEY_ID", key.id],
    ["AWS_SECRET_ACCESS_KEY", key.secret],
    ["AWS_DEFAULT_REGION", place.region],
    ["AWS_REGION", place.region],
    ["AWS_EC2_METADATA_DISABLED", "true"],
  ];
}

const LINES: Record<Shell, (name: string, value: string) => string> = {
  sh: (name, value) => `export ${name}=${quoted(value)}`,
  fish: (name, value) => `set -gx ${name} ${quoted(value)}`,
  powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  dotenv: (name, value) => `${name}=${value}`,
};

export function linesOf(shell: Shell, variables: [string, string][]): string {
  return variables.map(([name, value]) => LINES[shell](name, value)).join("\n");
}

/** What `ormer env` is called by, where ormer itself is installed. */
export const OWN_COMMANDS: Record<Shell, string> = {
  sh: 'eval "$(ormer env)"',
  fish: "ormer env --shell fish | source",
  powershell: "ormer env --shell powershell | Invoke-Expression",
  dotenv: "ormer env --shell dotenv > .env",
};

function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'"'"'`)}'`;
}

export function boto3Of(place: Place, key: Key = NO_KEY): string {
  return `import boto3

session = boto3.Session(
    aws_access_key_id="${key.id}",
    aws_secret_access_key="${key.secret}",
    region_name="${place.region}",
)
sagemaker = session.client("sagemaker", endpoint_url="${place.endpoint}")
print(sagemaker.list_pipelines()["PipelineSummaries"])`;
}

export function sdkOf(place: Place): string {
  return `# with the variables of the shell set
import sagemaker

session = sagemaker.Session()
role = "arn:aws:iam::${place.account}:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole"
print(session.default_bucket())`;
}

export function cliOf(place: Place, key: Key = NO_KEY): string {
  return `aws configure set aws_access_key_id ${key.id} --profile ormer
aws configure set aws_secret_access_key ${quoted(key.secret)} --profile ormer
aws configure set region ${place.region} --profile ormer
aws configure set endpoint_url ${place.endpoint} --profile ormer
aws --profile ormer sagemaker list-pipelines`;
}

export function notebookOf(place: Place, key: Key = NO_KEY): string {
  return variablesOf(place, key)
    .map(([name, value]) => `%env ${name}=${value}`)
    .join("\n");
}

/** user: the name of an IAM user, "" for root, who has no git credentials of its own. */
export function gitOf(place: Place, user: string): string {
  return `# a name and password for git, shown once
aws iam create-service-specific-credential --user-name ${user || "NAME"} --service-name codecommit.amazonaws.com
git clone ${place.endpoint}/v1/repos/REPOSITORY`;
}
