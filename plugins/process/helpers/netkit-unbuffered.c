/* Preloaded into programs that netkit starts: what they have printed by C's stdio leaves before they wait for input.
 *
 * A pipe makes stdio keep output until it has a block of it, so that whoever waits for an answer waits for ever. Flushing
 * each line would mend that, at the cost of a system call for each. Here output is flushed where the program is about to
 * wait: before a read of standard input that finds nothing there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>
#include <wchar.h>

/* The headers have macros of these names. */
#undef fread_unlocked
#undef fgets_unlocked
#undef getc
#undef getchar

/* Calls the C library's own function of that name, and looks it up once. */
#define REAL(name)                                            \
  static __typeof__(&name) real;                              \
  if (real == NULL) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int has_input(void) {
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) != 0;
}

static void before_read(int fd) {
  if (fd == STDIN_FILENO && __fpending(stdout) > 0 && !has_input()) fflush(stdout);
}

/* True if the stream has bytes that need no read. glibc has no function that tells. */
static int is_empty(FILE* stream) { return stream->_IO_read_ptr >= stream->_IO_read_end; }

static void before_stream(FILE* stream) {
  if (stream == stdin && is_empty(stream)) before_read(STDIN_FILENO);
}

ssize_t read(int fd, void* into, size_t size) {
  REAL(read);
  before_read(fd);
  return real(fd, into, size);
}

ssize_t readv(int fd, const struct iovec* pieces, int count) {
  REAL(readv);
  before_read(fd);
  return real(fd, pieces, count);
}

char* fgets(char* line, int size, FILE* stream) {
  REAL(fgets);
  before_stream(stream);
  return real(line, size, stream);
}

char* fgets_unlocked(char* line, int size, FILE* stream) {
  REAL(fgets_unlocked);
  before_stream(stream);
  return real(line, size, stream);
}

ssize_t getline(char** line, size_t* size, FILE* stream) {
  REAL(getline);
  before_stream(stream);
  return real(line, size, stream);
}

ssize_t getdelim(char** line, size_t* size, int delimiter, FILE* stream) {
  REAL(getdelim);
  before_stream(stream);
  return real(line, size, delimiter, stream);
}

ssize_t __getdelim(char** line, size_t* size, int delimiter, FILE* stream) {
  REAL(__getdelim);
  before_stream(stream);
  return real(line, size, delimiter, stream);
}

size_t fread(void* into, size_t size, size_t count, FILE* stream) {
  REAL(fread);
  before_stream(stream);
  return real(into, size, count, stream);
}

size_t fread_unlocked(void* into, size_t size, size_t count, FILE* stream) {
  REAL(fread_unlocked);
  before_stream(stream);
  return real(into, size, count, stream);
}

int fgetc(FILE* stream) {
  REAL(fgetc);
  before_stream(stream);
  return real(stream);
}

int getc(FILE* stream) {
  REAL(getc);
  before_stream(stream);
  return real(stream);
}

int _IO_getc(FILE* stream) { return getc(stream); }

int getchar(void) { return getc(stdin); }

/* What the macros of the unlocked functions call once a stream is empty. */
int __uflow(FILE* stream) {
  REAL(__uflow);
  before_stream(stream);
  return real(stream);
}

wint_t fgetwc(FILE* stream) {
  REAL(fgetwc);
  before_stream(stream);
  return real(stream);
}

wchar_t* fgetws(wchar_t* line, int size, FILE* stream) {
  REAL(fgetws);
  before_stream(stream);
  return real(line, size, stream);
}

/* The headers have C99's functions under these names. */
int scanf(const char* format, ...) {
  before_stream(stdin);
  va_list arguments;
  va_start(arguments, format);
  const int count = vfscanf(stdin, format, arguments);
  va_end(arguments);
  return count;
}
