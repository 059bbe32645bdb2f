// Measures how much of DMS's capacity the queues use: 300 databases on 3 VMs, in virtual time.
import { playQueue } from "../support/playedQueue.ts";

export async function benchQueue(): Promise<void> {
  console.log("\nQueues: 300 databases on 3 VMs, a pause of 30 minutes at the cap, virtual time");
  for (const maxDatabases of [40, 100]) {
    const begun = process.cpuUsage();
    const played = await playQueue({ databases: 300, vms: 3, maxDatabases, cooldownMinutes: 30 });
    const { user, system } = process.cpuUsage(begun);
    const { minutes, idealMinutes, pauses, beyond, looks, mostGetsAMinute } = played;
    console.log(
      `cap ${maxDatabases}: ${minutes.toFixed(0)} minutes, ${idealMinutes.toFixed(0)} at best (${((100 * idealMinutes) / minutes).toFixed(1)} %), ${pauses} pauses, ${beyond.length} beyond a limit, ${looks} looks, at most ${mostGetsAMinute} questions to DMS a minute; ${((user + system) / 1e6).toFixed(0)} s of CPU`,
    );
  }
}
