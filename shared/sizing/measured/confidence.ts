// Decides how far a recommendation can be trusted: by how long was measured, on which days, and whether the known peak
// was seen.
import type { Load, LoadPoint } from "./load.ts";

export interface Confidence {
  readonly level: "preliminary" | "fair" | "good";
  /** Hours that were measured. */
  readonly hours: number;
  /** Days of the week that were seen, from 1 to 7. */
  readonly weekdays: number;
  /**
   * Busiest hour that was measured against the busiest that the history knows, as cores; absent where there is no
   * history.
   */
  readonly seenOfPeak?: number;
  /** Why it is not better; and interruptions, whatever the level. */
  readonly reasons: readonly string[];
}

const LEAST_HOURS = 24;
const GOOD_WEEKDAYS = 7;
const LEAST_OF_PEAK = 0.7;

export function confidenceOf(load: Load): Confidence {
  const measured = load.points.filter(({ isRemembered }) => !isRemembered);
  const hours = measured.reduce((sum, { seconds }) => sum + seconds, 0) / 3_600;
  const weekdays = new Set(measured.map(({ at }) => new Date(at).getUTCDay())).size;
  const { knownPeakCores } = load;
  const seenOfPeak =
    knownPeakCores !== undefined && knownPeakCores > 0 ? busiestHour(measured) / knownPeakCores : undefined;
  const preliminary = [
    ...(hours < LEAST_HOURS && load.origin !== "history" ? [`${hoursText(hours)} are less than a day`] : []),
    ...(seenOfPeak !== undefined && seenOfPeak < LEAST_OF_PEAK
      ? [`the busiest measured hour had ${Math.round(seenOfPeak * 100)} % of the peak that the server remembers`]
      : []),
    ...(load.origin === "history" ? ["only what the server remembers was looked at, nothing was measured"] : []),
  ];
  const fair =
    load.origin !== "history" && weekdays < GOOD_WEEKDAYS ? [`${weekdays} of 7 days of the week were seen`] : [];
  return {
    level: preliminary.length > 0 ? "preliminary" : fair.length > 0 ? "fair" : "good",
    hours,
    weekdays,
    ...(seenOfPeak !== undefined && { seenOfPeak }),
    reasons: [
      ...preliminary,
      ...fair,
      ...(load.gaps > 0
        ? [
            `the measuring was interrupted ${load.gaps === 1 ? "once" : `${load.gaps} times`}: what happened then is not known`,
          ]
        : []),
    ],
  };
}

const hoursText = (hours: number): string => `${hours < 10 ? hours.toFixed(1) : Math.round(hours)} hours`;

/** Mean of cores over the clock's hours. */
function busiestHour(points: readonly LoadPoint[]): number {
  const hours = new Map<number, { cores: number; seconds: number }>();
  for (const { at, cores, seconds } of points) {
    if (cores === undefined) continue;
    const hour = hours.get(Math.floor(at / 3_600_000)) ?? { cores: 0, seconds: 0 };
    hour.cores += cores * seconds;
    hour.seconds += seconds;
    hours.set(Math.floor(at / 3_600_000), hour);
  }
  return Math.max(0, ...[...hours.values()].map(({ cores, seconds }) => (seconds > 0 ? cores / seconds : 0)));
}
