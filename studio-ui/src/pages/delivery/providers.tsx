/** Who carries out an action: icon and name. */

import { CircleHelp, FolderUp, GitCommitHorizontal, Hammer, Hand, Layers, SquareFunction } from "lucide-react";
import type { ActionType } from "./shapes";

const ICONS: Record<string, React.ReactNode> = {
  CodeCommit: <GitCommitHorizontal key="i" />,
  CodeStarSourceConnection: <GitCommitHorizontal key="i" />,
  CodeBuild: <Hammer key="i" />,
  CloudFormation: <Layers key="i" />,
  Manual: <Hand key="i" />,
  S3: <FolderUp key="i" />,
  Lambda: <SquareFunction key="i" />,
};

export function providerIcon(type: ActionType): React.ReactNode {
  return ICONS[type.provider] ?? <CircleHelp />;
}

export function providerName(type: ActionType): string {
  return type.provider === "Manual" ? "Manual approval" : type.provider;
}
