// Loaded with the server by LD_PRELOAD: sends it a signal, or says whether it is dumpable, before its main() begins.
#include <sys/prctl.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

[[gnu::constructor]] void begin_early() {
  if (std::getenv("EARLY_DUMPABLE") != nullptr) std::fprintf(stderr, "early: dumpable %d\n", ::prctl(PR_GET_DUMPABLE));
  if (const char* number = std::getenv("EARLY_SIGNAL")) static_cast<void>(std::raise(std::atoi(number)));
}

}  // namespace
