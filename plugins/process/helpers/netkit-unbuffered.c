/* Preloaded into programs that netkit starts: what they have printed by C's stdio leaves before they wait for input.
 *
 * A pipe makes stdio keep output until it has a block of it, so that whoever waits for an answer waits for ever.
 * Flushing each line would mend that, at the cost of a system call for each. Here output is flushed where the program
 * is about to wait: before a read of standard input that finds nothing there. */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE /* whose headers define some of these functions */
#include <ctype.h>
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
#undef fgetc_unlocked
#undef getc
#undef getc_unlocked
#undef getchar
#undef getchar_unlocked

/* Calls the C library's own function of that name, and looks it up once. */
#define REAL(function, name)         \
  static __typeof__(&function) real; \
  if (real == NULL) real = (__typeof__(&function))dlsym(RTLD_NEXT, name)

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

/* What scanf has left of a line is skipped by the next one, which then reads. */
static void before_scan(FILE* stream) {
  const char* next = stream->_IO_read_ptr;
  while (next < stream->_IO_read_end && isspace((unsigned char)*next)) ++next;
  if (stream == stdin && next >= stream->_IO_read_end) before_read(STDIN_FILENO);
}

/* A function of the C library, with what is done before: CATCH(type, name, (parameters), before, arguments). */
#define CATCH(type, name, parameters, before, ...) \
  type name parameters {                           \
    REAL(name, #name);                             \
    before;                                        \
    return real(__VA_ARGS__);                      \
  }
#define CATCH_READ(type, name, parameters, ...) CATCH(type, name, parameters, before_read(fd), fd, __VA_ARGS__)
#define CATCH_STREAM(type, name, parameters, ...) CATCH(type, name, parameters, before_stream(stream), __VA_ARGS__)

CATCH_READ(ssize_t, read, (int fd, void* into, size_t size), into, size)
CATCH_READ(ssize_t, readv, (int fd, const struct iovec* pieces, int count), pieces, count)

CATCH_STREAM(char*, fgets, (char* line, int size, FILE* stream), line, size, stream)
CATCH_STREAM(char*, fgets_unlocked, (char* line, int size, FILE* stream), line, size, stream)
CATCH_STREAM(wchar_t*, fgetws, (wchar_t * line, int size, FILE* stream), line, size, stream)
CATCH_STREAM(ssize_t, getline, (char** line, size_t* size, FILE* stream), line, size, stream)
CATCH_STREAM(ssize_t, getdelim, (char** line, size_t* size, int end, FILE* stream), line, size, end, stream)
CATCH_STREAM(ssize_t, __getdelim, (char** line, size_t* size, int end, FILE* stream), line, size, end, stream)
CATCH_STREAM(size_t, fread, (void* into, size_t size, size_t count, FILE* stream), into, size, count, stream)
CATCH_STREAM(size_t, fread_unlocked, (void* into, size_t size, size_t count, FILE* stream), into, size, count, stream)
CATCH_STREAM(int, fgetc, (FILE * stream), stream)
CATCH_STREAM(int, fgetc_unlocked, (FILE * stream), stream)
CATCH_STREAM(int, getc, (FILE * stream), stream)
CATCH_STREAM(int, getc_unlocked, (FILE * stream), stream)
CATCH_STREAM(wint_t, fgetwc, (FILE * stream), stream)
CATCH_STREAM(wint_t, getwc, (FILE * stream), stream)
/* The macros of the unlocked functions call this once a stream is empty. */
CATCH_STREAM(int, __uflow, (FILE * stream), stream)

int _IO_getc(FILE* stream) { return getc(stream); }
int getchar(void) { return getc(stdin); }
int getchar_unlocked(void) { return getc_unlocked(stdin); }
wint_t getwchar(void) { return getwc(stdin); }

/* Programs that are built with _FORTIFY_SOURCE call these in place of those above. `room` is that of the array. */
CATCH_READ(ssize_t, __read_chk, (int fd, void* into, size_t size, size_t room), into, size, room)
CATCH_STREAM(char*, __fgets_chk, (char* line, size_t room, int size, FILE* stream), line, room, size, stream)
CATCH_STREAM(char*, __fgets_unlocked_chk, (char* line, size_t room, int size, FILE* stream), line, room, size, stream)
CATCH_STREAM(wchar_t*, __fgetws_chk, (wchar_t * line, size_t room, int size, FILE* stream), line, room, size, stream)
CATCH_STREAM(size_t, __fread_chk, (void* into, size_t room, size_t size, size_t count, FILE* stream), into, room, size,
             count, stream)
CATCH_STREAM(size_t, __fread_unlocked_chk, (void* into, size_t room, size_t size, size_t count, FILE* stream), into,
             room, size, count, stream)

/* The headers have C99's functions of this family under other names. */
int vfscanf(FILE* stream, const char* format, va_list arguments) {
  REAL(vfscanf, "__isoc99_vfscanf");
  before_scan(stream);
  return real(stream, format, arguments);
}

int vscanf(const char* format, va_list arguments) { return vfscanf(stdin, format, arguments); }

int fscanf(FILE* stream, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int count = vfscanf(stream, format, arguments);
  va_end(arguments);
  return count;
}

int scanf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int count = vfscanf(stdin, format, arguments);
  va_end(arguments);
  return count;
}
