// Loaded with the server by LD_PRELOAD: sends it a signal before its main() begins.
#include <csignal>
#include <cstdlib>

namespace {

[[gnu::constructor]] void send_early() {
  if (const char* number = std::getenv("EARLY_SIGNAL")) static_cast<void>(std::raise(std::atoi(number)));
}

}  // namespace
