// Keeps what was used last, up to a total weight: the bound of a process's memory of what it can read again.

export interface RecentlyUsed<Value> {
  get(key: string): Value | undefined;
  /** What was not used for longest makes room. A value heavier than the whole is not kept. */
  set(key: string, value: Value): void;
  /** Of all that is kept. */
  weight(): number;
}

/** `weightOf` a value must not change while it is kept. Never heavier than `most`. */
export function recentlyUsed<Value>(most: number, weightOf: (value: Value) => number): RecentlyUsed<Value> {
  const kept = new Map<string, Value>(); // in order of their last use
  let weight = 0;
  const drop = (key: string): void => {
    const value = kept.get(key);
    if (value !== undefined && kept.delete(key)) weight -= weightOf(value);
  };
  return {
    get(key) {
      const value = kept.get(key);
      if (value === undefined) return undefined;
      kept.delete(key);
      kept.set(key, value);
      return value;
    },
    set(key, value) {
      drop(key);
      if (weightOf(value) > most) return;
      kept.set(key, value);
      weight += weightOf(value);
      for (const oldest of kept.keys()) {
        if (weight <= most) break;
        drop(oldest);
      }
    },
    weight: () => weight,
  };
}
