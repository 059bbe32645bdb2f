// Defines the app roles, and decides whether a caller holds one.

/** The app roles. An Admin may do everything that an Operator and a Reader may. */
export type Role = "Ferry.Reader" | "Ferry.Operator" | "Ferry.Approver" | "Ferry.Admin";

/** The caller of a request. */
export interface Caller {
  /** As the audit shows it. */
  readonly name: string;
  readonly roles: readonly string[];
  /** The object in Entra ID, where the sign-in has it: names may be shared. */
  readonly id?: string;
}

/** Any of these is enough. */
const HELD_BY: Readonly<Record<Role, readonly Role[]>> = {
  "Ferry.Reader": ["Ferry.Reader", "Ferry.Operator", "Ferry.Approver", "Ferry.Admin"],
  "Ferry.Operator": ["Ferry.Operator", "Ferry.Admin"],
  "Ferry.Approver": ["Ferry.Approver", "Ferry.Admin"],
  "Ferry.Admin": ["Ferry.Admin"],
};

export const holds = (caller: Caller, role: Role): boolean => HELD_BY[role].some((one) => caller.roles.includes(one));
