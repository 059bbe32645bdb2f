// Lists every route of the API by the name of its function: which role it needs, what it takes, what it answers.
import type { Role } from "./roles.ts";
import { ASSESSMENTS } from "./routes/assessments.ts";
import { COMMANDS } from "./routes/commands.ts";
import { MIGRATIONS } from "./routes/migrations.ts";
import type { Route } from "./routes/route.ts";
import { SERVICES } from "./routes/services.ts";
import { STATUS } from "./routes/status.ts";

const ALL = { ...MIGRATIONS, ...COMMANDS, ...ASSESSMENTS, ...SERVICES, ...STATUS };

export type RouteName = keyof typeof ALL;

export const ROUTES: Readonly<Record<RouteName, Route>> = ALL;

export const ROUTE_NAMES = Object.keys(ROUTES) as RouteName[];

/** Those that require a sign-in. */
export type SignedInRoute = { [Name in RouteName]: (typeof ALL)[Name]["role"] extends Role ? Name : never }[RouteName];

/** The least role that is required. */
export const roleOf = (name: SignedInRoute): Role => ALL[name].role;
