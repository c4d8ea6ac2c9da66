/**
 * Flags of Node for watchers and workers. Without them its heap grows with the memory of the machine, not with the work
 * (I8): a file of 200 MB made a worker of 340 MiB, with them one of 192. The npm scripts have the same.
 */
export const HEAP_FLAGS = ['--max-old-space-size=192', '--max-semi-space-size=16'] as const;
