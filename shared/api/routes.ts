// Lists every route of the API by the name of its function: who may ask, what it takes, what it answers.
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

/** Those that only whoever has signed in may ask. */
export type SignedInRoute = { [Name in RouteName]: (typeof ALL)[Name]["role"] extends Role ? Name : never }[RouteName];

/** The least role that it takes. */
export const roleOf = (name: SignedInRoute): Role => ALL[name].role;
