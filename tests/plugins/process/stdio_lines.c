/* Reads lines by the function that its argument names, and prints each by stdio: what the hook is tried on. Its sizes
 * are unknown to the compiler, which calls the checked functions of _FORTIFY_SOURCE for them. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include <wchar.h>

static char line[64];
static wchar_t wide_line[64];
static char* long_line;
static size_t long_room;
static volatile int room = 64;
static volatile size_t line_size = 4; /* of "ask\n" */

static int narrow(void) {
  int i = 0;
  do line[i] = (char)wide_line[i];
  while (line[i++] != '\0');
  return 1;
}

static int by_character(int (*volatile next)(FILE*)) {
  int i = 0;
  for (int c; (c = next(stdin)) != EOF;) {
    line[i++] = (char)c;
    if (c == '\n') break;
  }
  line[i] = '\0';
  return i;
}

static int by_wide_character(wint_t (*volatile next)(FILE*)) {
  int i = 0;
  for (wint_t c; (c = next(stdin)) != WEOF;) {
    line[i++] = (char)c;
    if (c == '\n') break;
  }
  line[i] = '\0';
  return i;
}

static int next_char(FILE* stream) { return stream == stdin ? getchar() : EOF; }
static int next_char_unlocked(FILE* stream) { return stream == stdin ? getchar_unlocked() : EOF; }
static int next_by_macro(FILE* stream) { return getc_unlocked(stream); }
static wint_t next_wide_char(FILE* stream) { return stream == stdin ? getwchar() : WEOF; }

static int add_newline(int fields) {
  strcat(line, "\n");
  return fields == 1;
}

static int by_vfscanf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int fields = vfscanf(stdin, format, arguments);
  va_end(arguments);
  return add_newline(fields);
}

static int by_vscanf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int fields = vscanf(format, arguments);
  va_end(arguments);
  return add_newline(fields);
}

static int copy_long_line(ssize_t size) {
  if (size > 0) strcpy(line, long_line);
  return size > 0;
}

static int by_readv(void) {
  const struct iovec pieces[2] = {{line, 1}, {line + 1, line_size - 1}};
  return readv(STDIN_FILENO, pieces, 2) == (ssize_t)line_size;
}

/* Whether a line has been read by that function. */
static int take(const char* way) {
  memset(line, 0, sizeof line);
  if (strcmp(way, "fgets") == 0) return fgets(line, room, stdin) != NULL;
  if (strcmp(way, "fgets_unlocked") == 0) return fgets_unlocked(line, room, stdin) != NULL;
  if (strcmp(way, "fgetws") == 0) return fgetws(wide_line, room, stdin) != NULL && narrow();
  if (strcmp(way, "fread") == 0) return fread(line, 1, line_size, stdin) == line_size;
  if (strcmp(way, "fread_unlocked") == 0) return fread_unlocked(line, 1, line_size, stdin) == line_size;
  if (strcmp(way, "read") == 0) return read(STDIN_FILENO, line, line_size) == (ssize_t)line_size;
  if (strcmp(way, "readv") == 0) return by_readv();
  if (strcmp(way, "getline") == 0) return copy_long_line(getline(&long_line, &long_room, stdin));
  if (strcmp(way, "getdelim") == 0) return copy_long_line(getdelim(&long_line, &long_room, '\n', stdin));
  if (strcmp(way, "fgetc") == 0) return by_character(fgetc);
  if (strcmp(way, "getc") == 0) return by_character(getc);
  if (strcmp(way, "getchar") == 0) return by_character(next_char);
  if (strcmp(way, "fgetc_unlocked") == 0) return by_character(fgetc_unlocked);
  if (strcmp(way, "getc_unlocked") == 0) return by_character(getc_unlocked);
  if (strcmp(way, "getchar_unlocked") == 0) return by_character(next_char_unlocked);
  if (strcmp(way, "macro") == 0) return by_character(next_by_macro);
  if (strcmp(way, "fgetwc") == 0) return by_wide_character(fgetwc);
  if (strcmp(way, "getwc") == 0) return by_wide_character(getwc);
  if (strcmp(way, "getwchar") == 0) return by_wide_character(next_wide_char);
  if (strcmp(way, "scanf") == 0) return add_newline(scanf("%60s", line));
  if (strcmp(way, "fscanf") == 0) return add_newline(fscanf(stdin, "%60s", line));
  if (strcmp(way, "vscanf") == 0) return by_vscanf("%60s", line);
  if (strcmp(way, "vfscanf") == 0) return by_vfscanf("%60s", line);
  exit(2);
}

int main(int count, char** arguments) {
  if (count != 2) return 2;
  while (take(arguments[1])) printf("%s", line);
  return 0;
}
