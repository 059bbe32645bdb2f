// Reads what a process has used of the processor and of memory: from /proc, so on Linux alone.
import { readFileSync } from "node:fs";

export interface Used {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** The most it ever had. */
  readonly peakBytes: number;
}

/** Linux tells processor time in these, whatever the kernel's own clock is. */
const TICKS_PER_SECOND = 100;

/** Undefined for a process that is not known or gone, and where there is no /proc. */
export function usedBy(pid: number | undefined): Used | undefined {
  if (pid === undefined) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // from the third: the second may hold blanks
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const kibibytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN);
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      residentBytes: kibibytes("VmRSS") * 1024,
      peakBytes: kibibytes("VmHWM") * 1024,
    };
  } catch {
    return undefined; // no /proc, or the process has ended
  }
}
