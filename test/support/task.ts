// Leads an asynchronous task through its work call by call, so that a test can do anything in between.

/** A task that is not led on stands for one whose process has died. */
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

  /**
   * Leads it to the next call, or to its end. With `fault` the call at which it stands fails without having done
   * anything.
   */
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
