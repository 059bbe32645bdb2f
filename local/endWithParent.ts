// Ends a child process when its parent is gone, however that ended. Preloaded into each child.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref(); // the channel alone keeps nothing alive
