// May the host's parts still begin something, may they still write, and is anything under way?

export interface Lifecycle {
  /** Messages are taken and functions called. Ends first, at a graceful stop. */
  takesWork: boolean;
  /** The database can be written. Ends when what ran has ended, or was waited for long enough: then its end is not noted, and it is repeated. */
  isOpen: boolean;
  /** What is under way, whatever it is. Virtual time stands still meanwhile. */
  readonly underWay: Set<Promise<unknown>>;
}

export const newLife = (): Lifecycle => ({ takesWork: true, isOpen: true, underWay: new Set() });

/** Hands the promise back, and remembers it until it has ended. */
export function track<Result>(life: Lifecycle, work: Promise<Result>): Promise<Result> {
  const forget = (): boolean => life.underWay.delete(work);
  life.underWay.add(work);
  work.then(forget, forget);
  return work;
}

/** Resolves when nothing is under way, and nothing that was has asked for more. */
export async function idle({ underWay }: Lifecycle): Promise<void> {
  do {
    await Promise.allSettled(underWay);
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate); // whoever asked to look soon has looked
  } while (underWay.size > 0);
}
