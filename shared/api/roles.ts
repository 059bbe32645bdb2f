// Which roles are there, and who holds them?

/** The app roles. An Admin may do everything that an Operator and a Reader may. */
export type Role = "Ferry.Reader" | "Ferry.Operator" | "Ferry.Approver" | "Ferry.Admin";

/** Who asks. */
export interface Caller {
  /** As the audit names him. */
  readonly name: string;
  readonly roles: readonly string[];
  /** His object in Entra ID, where the sign-in tells it: names may be shared. */
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
