// Lists the VM sizes that are recommended without asking Azure, and what each carries: facts of Microsoft's pages on
// the series.

export interface VmSize {
  /** "Standard_E8bds_v5". */
  readonly name: string;
  /** "Ebdsv5". */
  readonly series: string;
  /** A size that takes both has an entry for each: NVMe carries more. */
  readonly controller: "SCSI" | "NVMe";
  /** Those that run: vCPUsAvailable. */
  readonly vcpus: number;
  readonly memoryGib: number;
  /** Local (temporary) disk; 0 where there is none. */
  readonly localGib: number;
  readonly localIops: number;
  readonly localMbps: number;
  readonly maxDataDisks: number;
  /** Uncached, with Premium SSD, without bursts. MB of 10^6 bytes. */
  readonly iops: number;
  readonly mbps: number;
  /** With Premium SSD v2 and Ultra Disk; the same as above where Azure names no others. */
  readonly flexIops: number;
  readonly flexMbps: number;
  /** Takes no Ultra Disk, as far as Azure tells. */
  readonly hasNoUltra?: true;
  /** Why this size cannot be had: a restriction, a zone, a quota. */
  readonly withheld?: string;
}

/** The newest of the pages that the table is of; the oldest is of 2024-07. */
export const SIZES_AS_OF = "2025-11";

/**
 * learn.microsoft.com/azure/virtual-machines/sizes/memory-optimized: ebdsv5-series, edsv5-series, eadsv5-series,
 * edsv6-series and ebdsv6-series (the last one names no local disk: taken from edsv6). Columns: size, series,
 * controller, vCPUs, memory GiB; local GiB, IOPS, MB/s; data disks; uncached IOPS, MB/s; the same with Premium SSD v2
 * and Ultra Disk, "-" where they are the same.
 */
const TABLE = `
E2bds_v5 Ebdsv5 NVMe 2 16 75 9000 125 4 8000 230 12000 300
E4bds_v5 Ebdsv5 NVMe 4 32 150 19000 250 8 16000 460 21400 600
E8bds_v5 Ebdsv5 NVMe 8 64 300 38000 500 16 33000 930 44200 1200
E16bds_v5 Ebdsv5 NVMe 16 128 600 75000 1000 32 66000 1800 88400 2300
E32bds_v5 Ebdsv5 NVMe 32 256 1200 150000 2000 32 130000 3700 174200 4800
E48bds_v5 Ebdsv5 NVMe 48 384 1800 225000 3000 32 190000 5600 253300 7300
E64bds_v5 Ebdsv5 NVMe 64 512 2400 300000 4000 32 220000 6000 294800 7800
E96bds_v5 Ebdsv5 NVMe 96 672 3600 450000 4000 32 260000 7500 390000 8500
E112ibds_v5 Ebdsv5 NVMe 112 672 3800 450000 4000 64 260000 8000 400000 10000
E2bds_v5 Ebdsv5 SCSI 2 16 75 9000 125 4 6000 170 8000 170
E4bds_v5 Ebdsv5 SCSI 4 32 150 19000 250 8 12100 350 16200 350
E8bds_v5 Ebdsv5 SCSI 8 64 300 38000 500 16 24200 680 32400 680
E16bds_v5 Ebdsv5 SCSI 16 128 600 75000 1000 32 48400 1370 64800 1370
E32bds_v5 Ebdsv5 SCSI 32 256 1200 150000 2000 32 96800 2740 129700 2740
E48bds_v5 Ebdsv5 SCSI 48 384 1800 225000 3000 32 120000 4000 160000 4000
E64bds_v5 Ebdsv5 SCSI 64 512 2400 300000 4000 32 120000 4000 160800 6500
E96bds_v5 Ebdsv5 SCSI 96 672 3600 450000 4000 32 120000 4000 180000 6500
E2ds_v5 Edsv5 SCSI 2 16 75 9000 125 4 3750 85 - -
E4ds_v5 Edsv5 SCSI 4 32 150 19000 250 8 6400 145 - -
E8ds_v5 Edsv5 SCSI 8 64 300 38000 500 16 12800 290 - -
E16ds_v5 Edsv5 SCSI 16 128 600 75000 1000 32 25600 600 - -
E20ds_v5 Edsv5 SCSI 20 160 750 94000 1250 32 32000 750 - -
E32ds_v5 Edsv5 SCSI 32 256 1200 150000 2000 32 51200 865 - -
E48ds_v5 Edsv5 SCSI 48 384 1800 225000 3000 32 76800 1315 - -
E64ds_v5 Edsv5 SCSI 64 512 2400 375000 4000 32 80000 1735 - -
E96ds_v5 Edsv5 SCSI 96 672 3600 450000 4000 32 80000 2600 - -
E104ids_v5 Edsv5 SCSI 104 672 3800 450000 4000 64 120000 4000 - -
E2ads_v5 Eadsv5 SCSI 2 16 75 9000 125 4 3750 82 - -
E4ads_v5 Eadsv5 SCSI 4 32 150 19000 250 8 6400 144 - -
E8ads_v5 Eadsv5 SCSI 8 64 300 38000 500 16 12800 200 - -
E16ads_v5 Eadsv5 SCSI 16 128 600 75000 1000 32 25600 384 - -
E20ads_v5 Eadsv5 SCSI 20 160 750 94000 1250 32 32000 480 - -
E32ads_v5 Eadsv5 SCSI 32 256 1200 150000 2000 32 51200 768 - -
E48ads_v5 Eadsv5 SCSI 48 384 1800 225000 3000 32 76800 1152 - -
E64ads_v5 Eadsv5 SCSI 64 512 2400 300000 4000 32 80000 1200 - -
E96ads_v5 Eadsv5 SCSI 96 672 3600 450000 4000 32 80000 1600 - -
E112iads_v5 Eadsv5 SCSI 112 672 3800 450000 4000 64 120000 2000 - -
E2bds_v6 Ebdsv6 NVMe 2 16 110 37500 180 8 8800 253 13200 330
E4bds_v6 Ebdsv6 NVMe 4 32 220 75000 360 12 17600 506 23540 660
E8bds_v6 Ebdsv6 NVMe 8 64 440 150000 720 24 36300 1023 48620 1320
E16bds_v6 Ebdsv6 NVMe 16 128 880 300000 1440 48 72600 1980 97240 2530
E32bds_v6 Ebdsv6 NVMe 32 256 1760 600000 2880 64 143000 4070 191620 5280
E48bds_v6 Ebdsv6 NVMe 48 384 2640 900000 4320 64 209000 6160 278630 8030
E64bds_v6 Ebdsv6 NVMe 64 512 3520 1200000 5760 64 242000 6600 324280 8580
E96bds_v6 Ebdsv6 NVMe 96 768 5280 1800000 8640 64 286000 8250 429000 9900
E128bds_v6 Ebdsv6 NVMe 128 1024 7040 2400000 11520 64 330000 10000 500000 12000
E192ibds_v6 Ebdsv6 NVMe 192 1832 10560 3600000 17280 64 400000 14000 800000 14000
E2ds_v6 Edsv6 NVMe 2 16 110 37500 180 8 3750 106 4167 124
E4ds_v6 Edsv6 NVMe 4 32 220 75000 360 12 6400 212 8333 248
E8ds_v6 Edsv6 NVMe 8 64 440 150000 720 24 12800 424 16667 496
E16ds_v6 Edsv6 NVMe 16 128 880 300000 1440 48 25600 848 33333 992
E20ds_v6 Edsv6 NVMe 20 160 1100 375000 1800 48 32000 1060 41667 1240
E32ds_v6 Edsv6 NVMe 32 256 1760 600000 2880 64 51200 1696 66667 1984
E48ds_v6 Edsv6 NVMe 48 384 2640 900000 4320 64 76800 2544 100000 2976
E64ds_v6 Edsv6 NVMe 64 512 3520 1200000 5760 64 102400 3392 133333 3969
E96ds_v6 Edsv6 NVMe 96 768 5280 1800000 8640 64 153600 5088 200000 5953
E128ds_v6 Edsv6 NVMe 128 1024 7040 2400000 11520 64 204800 6782 266667 7935
`;

export const VM_SIZES: readonly VmSize[] = TABLE.trim()
  .split("\n")
  .map((line) => {
    const [name = "", series = "", controller, ...numbers] = line.split(" ");
    const [vcpus = 0, memoryGib = 0, localGib = 0, localIops = 0, localMbps = 0, maxDataDisks = 0, iops = 0, mbps = 0] =
      numbers.map(Number);
    const [flexIops = "-", flexMbps = "-"] = numbers.slice(8);
    return {
      name: `Standard_${name}`,
      series,
      controller: controller === "NVMe" ? "NVMe" : "SCSI",
      vcpus,
      memoryGib,
      localGib,
      localIops,
      localMbps,
      maxDataDisks,
      iops,
      mbps,
      flexIops: flexIops === "-" ? iops : Number(flexIops),
      flexMbps: flexMbps === "-" ? mbps : Number(flexMbps),
    };
  });

/** From v6 on the local disk is NVMe and comes raw: again after each deallocation, so that tempdb is not put there. */
export const hasRawLocalDisk = ({ name }: VmSize): boolean => Number(/_v(\d+)$/.exec(name)?.[1] ?? 0) >= 6;

/** Series whose page names no local disk: that of Edsv6 stands in the table. */
export const ASSUMED_LOCAL_DISK: readonly string[] = ["Ebdsv6"];

/**
 * The size of a VM that is there, by name in whatever case, and by controller; undefined where `sizes` does not have
 * it. A constrained one ("Standard_E8-4ds_v5") has memory, disks and limits of its size, and fewer vCPUs.
 */
export function sizeNamed(
  sizes: readonly VmSize[],
  { sizeName, controller }: { readonly sizeName: string; readonly controller: VmSize["controller"] },
): VmSize | undefined {
  const of = (name: string): VmSize | undefined =>
    sizes.find((size) => size.controller === controller && size.name.toLowerCase() === name.toLowerCase());
  const [, before = "", active, after = ""] = /^(standard_[a-z]+\d+)-(\d+)(.*)$/i.exec(sizeName) ?? [];
  const whole = active === undefined ? undefined : of(`${before}${after}`);
  return of(sizeName) ?? (whole && { ...whole, name: sizeName, vcpus: Number(active) });
}

export const SERIES: readonly string[] = [...new Set(VM_SIZES.map(({ series }) => series))];

/** Those that are recommended unasked: their local disk can hold tempdb. */
export const USUAL_SERIES: readonly string[] = ["Ebdsv5", "Edsv5", "Eadsv5"];

/**
 * Where vCPUs can be switched off, with what memory and disks of the size stay: licences are for those that run.
 * learn.microsoft.com/azure/virtual-machines/constrained-vcpu.
 */
export const CONSTRAINABLE_SERIES: readonly string[] = ["Edsv5", "Eadsv5"];
