// Does a child process outlive the stack? Preloaded into each child: when the parent is gone, however it ended, so is the child.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref(); // the channel alone keeps nothing alive
