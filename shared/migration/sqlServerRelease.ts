// Translates between SQL Server releases and SoftwareVersionMajor.

const RELEASES: readonly (readonly [major: number, year: string])[] = [
  [9, "2005"],
  [10, "2008"],
  [11, "2012"],
  [12, "2014"],
  [13, "2016"],
  [14, "2017"],
  [15, "2019"],
  [16, "2022"],
  [17, "2025"],
];

/** 16 for "2022"; undefined for a year without a release. */
export const majorOf = (year: string | undefined): number | undefined => RELEASES.find(([, one]) => one === year)?.[0];

/** "SQL Server 2022" for 16; "SQL Server version 99" for a release that is not known here. */
export const releaseName = (major: number): string =>
  `SQL Server ${RELEASES.find(([one]) => one === major)?.[1] ?? `version ${major}`}`;

/** SoftwareVersionMajor of SQL Server 2014, the last that reads backups from page blobs only. */
export const SQL_SERVER_2014 = 12;

/** SoftwareVersionMajor of SQL Server 2022, the first with other compressions than MS_XPRESS. */
export const SQL_SERVER_2022 = 16;
export const SQL_SERVER_2008 = 10;
