// Tracks whether the host's parts may still begin something and still write, and whether anything is under way.

export interface Lifecycle {
  /** Messages are taken and functions called. Ends first, at a graceful stop. */
  takesWork: boolean;
  /**
   * The database can be written. Ends when what ran has ended, or was waited for long enough: then its end is not
   * noted, and it is repeated.
   */
  isOpen: boolean;
  /** What is under way, whatever it is. Virtual time stands still meanwhile. */
  readonly underWay: Set<Promise<unknown>>;
  /** How much has been begun until now. */
  begun: number;
}

export const newLife = (): Lifecycle => ({ takesWork: true, isOpen: true, underWay: new Set(), begun: 0 });

/** Hands the promise back, and remembers it until it has ended. */
export function track<Result>(life: Lifecycle, work: Promise<Result>): Promise<Result> {
  const forget = (): boolean => life.underWay.delete(work);
  life.underWay.add(work);
  life.begun++;
  work.then(forget, forget);
  return work;
}

/** Resolves when nothing is under way, and whoever asked to look soon has found nothing to begin. */
export async function idle(life: Lifecycle): Promise<void> {
  for (let begun = -1; begun !== life.begun; ) {
    while (life.underWay.size > 0) await Promise.allSettled(life.underWay); // what runs may begin more
    begun = life.begun;
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
  }
}
