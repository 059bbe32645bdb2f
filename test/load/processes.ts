// Reads how much processor time and memory a process has used: from /proc, so on Linux only.
import { readFileSync } from "node:fs";

export interface Used {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** The highest value so far. */
  readonly peakBytes: number;
}

/** The unit of /proc/PID/stat, whatever the frequency of the kernel's own clock. */
const TICKS_PER_SECOND = 100;

/** Undefined for a process that is not known or has ended, and where there is no /proc. */
export function usedBy(pid: number | undefined): Used | undefined {
  if (pid === undefined) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Columns from the third on: the second may contain blanks.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
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
