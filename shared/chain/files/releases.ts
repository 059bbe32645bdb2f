// Translates between the major version of SQL Server and the name of its release.

/** SoftwareVersionMajor of each release that writes backups a migration may meet. 10 is 2008 and 2008 R2 alike. */
const RELEASES: readonly (readonly [release: string, major: number])[] = [
  ["2005", 9],
  ["2008", 10],
  ["2008 R2", 10],
  ["2012", 11],
  ["2014", 12],
  ["2016", 13],
  ["2017", 14],
  ["2019", 15],
  ["2022", 16],
  ["2025", 17],
];

/** "SQL Server 2019 (version 15)". */
export function releaseName(major: number): string {
  const release = RELEASES.find(([, one]) => one === major)?.[0];
  return release === undefined ? `SQL Server version ${major}` : `SQL Server ${release} (version ${major})`;
}

/** "2019" -> 15; undefined for a release that is not known. */
export const majorOfRelease = (release: string): number | undefined => RELEASES.find(([one]) => one === release)?.[1];
