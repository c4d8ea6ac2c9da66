/**
 * Node flags for watchers and workers. Without them Node's heap grows with the memory of the machine, not with the work
 * (I8): a file of 200 MB needed a worker of 340 MiB, and one of 192 MiB with the flags. The npm scripts use the same flags.
 */
export const HEAP_FLAGS = ['--max-old-space-size=192', '--max-semi-space-size=16'] as const;

/**
 * The threads of a process that work with files. A source that hangs keeps up to three of them, and the others must find one. Node
 * takes the number only from the environment that it starts with. The npm scripts and the image say the same.
 */
export const THREADS = { UV_THREADPOOL_SIZE: '16' } as const;
