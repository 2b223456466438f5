/** The environment that systemd/safelight.service gives the service. */
export const AS_THE_UNIT_HAS_IT = { UV_THREADPOOL_SIZE: '16', MALLOC_ARENA_MAX: '2' };
