/** A request to an endpoint as code: boto3, the AWS CLI, curl. */

export const LANGUAGES = ["boto3", "AWS CLI", "curl"] as const;
export type Language = (typeof LANGUAGES)[number];

interface Asked {
  endpoint: string;
  body: string;
  contentType: string;
  variant: string;
  /** Where the server answers, and the region that signatures name. */
  server: string;
  region: string;
}

export function snippet(language: Language, asked: Asked): string {
  return { boto3, "AWS CLI": cli, curl }[language](asked);
}

function boto3({ endpoint, body, contentType, variant }: Asked): string {
  return [
    'answer = boto3.client("sagemaker-runtime").invoke_endpoint(',
    `    EndpointName=${JSON.stringify(endpoint)},`,
    `    ContentType=${JSON.stringify(contentType)},`,
    ...(variant ? [`    TargetVariant=${JSON.stringify(variant)},`] : []),
    `    Body=${JSON.stringify(body)},`,
    ")",
    'print(answer["Body"].read().decode())',
  ].join("\n");
}

function cli({ endpoint, body, contentType, variant }: Asked): string {
  return [
    `aws sagemaker-runtime invoke-endpoint --endpoint-name ${endpoint} \\`,
    `  --content-type ${contentType} \\`,
    ...(variant ? [`  --target-variant ${variant} \\`] : []),
    `  --body "$(printf %s ${quoted(body)} | base64)" /dev/stdout`,
  ].join("\n");
}

/** curl signs by itself, with the keys of `ormer env`. */
function curl({ endpoint, body, contentType, variant, server, region }: Asked): string {
  return [
    `curl ${server}/endpoints/${endpoint}/invocations \\`,
    `  --aws-sigv4 aws:amz:${region}:sagemaker --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\`,
    '  -H "x-amz-security-token: $AWS_SESSION_TOKEN" \\',
    `  -H 'content-type: ${contentType}' \\`,
    ...(variant ? [`  -H 'x-amzn-sagemaker-target-variant: ${variant}' \\`] : []),
    `  --data-binary ${quoted(body)}`,
  ].join("\n");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
