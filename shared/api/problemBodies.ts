// Builds the schema of each problem's body (RFC 9457) from its type: title and status are constants.
import { z } from "zod";
import { PROBLEM_NAMES, PROBLEMS, type ProblemName } from "./problems.ts";
import { component, list, text } from "./shapes.ts";

/** "ChainGap" of "chain-gap". */
const pascal = (name: string): string =>
  name.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The beginning of `type` is a setting (PROBLEMS_BASE). */
const typeOf = (name: ProblemName) =>
  z
    .string()
    .regex(new RegExp(`/${name}$`))
    .describe(`PROBLEMS_BASE and ${name}`);

const told = { detail: text("What was found, what was expected and what to do") };

/** One of several reasons: without title and status, which only the first one has. */
const Reasons = component(
  "FurtherReason",
  z.discriminatedUnion(
    "problem",
    PROBLEM_NAMES.map((name) =>
      z.object({ problem: z.literal(name), type: typeOf(name), ...told, ...PROBLEMS[name].members.shape }),
    ) as unknown as [z.ZodObject<{ problem: z.ZodLiteral<ProblemName> }>],
  ),
);

/** The body of each problem's answer. */
export const PROBLEM_BODIES = Object.fromEntries(
  PROBLEM_NAMES.map((name) => {
    const { status, title, members } = PROBLEMS[name];
    const body = z.object({
      type: typeOf(name),
      title: z.literal(title),
      status: z.literal(status),
      ...told,
      ...members.shape,
      alsoRefusedFor: list(Reasons, "Further reasons that hold at the same time").exactOptional(),
    });
    return [name, component(`${pascal(name)}Problem`, body)];
  }),
) as unknown as Readonly<Record<ProblemName, z.ZodObject>>;
