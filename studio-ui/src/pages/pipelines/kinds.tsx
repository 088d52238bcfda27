/** Kinds of steps: their icon and their name. */

import {
  Box,
  CheckCheck,
  CircleHelp,
  CircleX,
  Cog,
  Database,
  Dumbbell,
  GitBranch,
  Mail,
  PackageCheck,
  Scale,
  SlidersHorizontal,
  SquareFunction,
  Waves,
} from "lucide-react";

const KINDS: Record<string, [icon: React.ReactNode, name: string]> = {
  Processing: [<Cog key="i" />, "Processing"],
  Training: [<Dumbbell key="i" />, "Training"],
  Tuning: [<SlidersHorizontal key="i" />, "Tuning"],
  AutoML: [<SlidersHorizontal key="i" />, "AutoML"],
  Model: [<Box key="i" />, "Create model"],
  RegisterModel: [<PackageCheck key="i" />, "Register model"],
  Transform: [<Waves key="i" />, "Batch transform"],
  Condition: [<GitBranch key="i" />, "Condition"],
  QualityCheck: [<CheckCheck key="i" />, "Quality check"],
  ClarifyCheck: [<Scale key="i" />, "Clarify check"],
  Fail: [<CircleX key="i" />, "Fail"],
  Callback: [<Mail key="i" />, "Callback"],
  Lambda: [<SquareFunction key="i" />, "Lambda"],
  EMR: [<Database key="i" />, "EMR"],
};

export function kindIcon(type: string): React.ReactNode {
  return KINDS[type]?.[0] ?? <CircleHelp />;
}

export function kindName(type: string): string {
  return KINDS[type]?.[1] ?? type;
}
