// Defines the exit codes for scripts, and the error that ends a command with a message for people.

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /**
   * Of assess: something blocks a database; its usage errors end with `usageOfAssess`, so that a script can tell them
   * apart.
   */
  blocked: 2,
  usageOfAssess: 64,
  /** By a gate, or because the plan has changed. */
  refused: 3,
  stillWaiting: 4,
  notFound: 5,
  /** Ctrl-C, as shells say it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with this message and code. */
export class FerryError extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
