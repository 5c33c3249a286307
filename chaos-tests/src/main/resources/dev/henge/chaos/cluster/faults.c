/*
 * Loaded into a server before its libc (LD_PRELOAD): makes its wall clock wrong and its disk slow, as a file says that
 * another process writes. What measures time that has passed (CLOCK_MONOTONIC, timeouts) is left sound: a wrong wall
 * clock is a fault that machines have, a wrong monotonic one is not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* In the byte order of the machine; Java writes it (Faults). */
struct faults {
  _Atomic int64_t offset_nanos;
  _Atomic int64_t drift_ppm;
  _Atomic int64_t drift_since_nanos; /* CLOCK_MONOTONIC */
  _Atomic int64_t disk_nanos;
};

static struct faults none;
static struct faults *faults = &none;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CHAOS_FAULTS");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  if (at != MAP_FAILED) faults = at;
  close(file);
}

static int64_t off_by(void) {
  int64_t by = atomic_load_explicit(&faults->offset_nanos, memory_order_relaxed);
  int64_t ppm = atomic_load_explicit(&faults->drift_ppm, memory_order_relaxed);
  if (ppm != 0) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    int64_t passed = now.tv_sec * 1000000000LL + now.tv_nsec - atomic_load(&faults->drift_since_nanos);
    by += passed / 1000 * ppm / 1000;
  }
  return by;
}

static void shift(struct timespec *time) {
  int64_t by = off_by();
  if (by == 0) return;
  int64_t nanos = time->tv_nsec + by % 1000000000LL;
  time->tv_sec += by / 1000000000LL;
  if (nanos >= 1000000000LL) {
    nanos -= 1000000000LL;
    time->tv_sec++;
  } else if (nanos < 0) {
    nanos += 1000000000LL;
    time->tv_sec--;
  }
  time->tv_nsec = nanos;
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (real == NULL) real = (__typeof__(&name)) dlsym(RTLD_NEXT, #name)

int clock_gettime(clockid_t clock, struct timespec *time) {
  REAL(clock_gettime);
  int result = real(clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shift(time);
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void) zone;
  struct timespec now;
  int result = clock_gettime(CLOCK_REALTIME, &now);
  if (result == 0) {
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
  }
  return result;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at != NULL) *at = now.tv_sec;
  return now.tv_sec;
}

/* Files only: a slow disk slows no socket and no pipe. */
static void wait_for_disk(int fd) {
  int64_t nanos = atomic_load_explicit(&faults->disk_nanos, memory_order_relaxed);
  struct stat stat;
  if (nanos <= 0 || fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) return;
  struct timespec pause = {nanos / 1000000000LL, nanos % 1000000000LL};
  nanosleep(&pause, NULL);
}

ssize_t write(int fd, const void *bytes, size_t count) {
  REAL(write);
  wait_for_disk(fd);
  return real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  REAL(pwrite);
  wait_for_disk(fd);
  return real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  REAL(pwrite64);
  wait_for_disk(fd);
  return real(fd, bytes, count, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  wait_for_disk(fd);
  return real(fd, parts, count);
}

int fsync(int fd) {
  REAL(fsync);
  wait_for_disk(fd);
  return real(fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  wait_for_disk(fd);
  return real(fd);
}
