// Leads an asynchronous task through its work call by call, so that anything may happen in between.

/** One who is never led on has died. */
export class Task<Result> {
  readonly #waiting: { readonly open: () => void; readonly fail: (error: Error) => void }[] = [];
  #running: Promise<void> | undefined;
  result: Result | Error | undefined;
  isDone = false;

  readonly gate = (): Promise<void> => new Promise((open, fail) => void this.#waiting.push({ open, fail }));

  begin(work: () => Promise<Result>): void {
    this.#running = work()
      .catch((error: unknown) => error as Error)
      .then((result) => {
        this.result = result;
        this.isDone = true;
      });
  }

  /** Up to the next call, or the end. With a fault the call at which it stands fails, and has done nothing. */
  async step(fault?: Error): Promise<void> {
    const call = this.#waiting.shift();
    if (fault) call?.fail(fault);
    else call?.open();
    do await new Promise(setImmediate);
    while (!this.isDone && this.#waiting.length === 0);
  }

  async toTheEnd(): Promise<void> {
    while (!this.isDone) await this.step();
    await this.#running;
  }
}
