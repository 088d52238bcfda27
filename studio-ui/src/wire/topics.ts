/** What a piece of news is about, in the words that queries say what they are about by.
 *
 * A topic is an ARN, a service and type (`sagemaker:endpoint`), a service (`codepipeline`), or one of `log:`, `metric:`.
 */

import { parse } from "./arns";
import type { News } from "./stream";

export function topicsOf(news: News): string[] {
  switch (news.name) {
    case "change":
      return [news.data.source, ...news.data.resources.flatMap(ofArn)];
    case "log":
      return [logTopic(news.data.group, news.data.stream), `log:${news.data.group}`];
    case "metric":
      return [`metric:${news.data.namespace}`];
    case "run":
      return [news.data.arn];
    default:
      return [];
  }
}

export function logTopic(group: string, stream: string): string {
  return `log:${group}:${stream}`;
}

function ofArn(arn: string): string[] {
  const parts = parse(arn);
  return parts ? [arn, parts.service, `${parts.service}:${parts.type}`] : [arn];
}
