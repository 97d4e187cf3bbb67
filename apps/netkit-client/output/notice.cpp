#include "netkit-client/output/notice.h"

#include <unistd.h>

#include <iostream>

#include "netkit-client/output/terminal_text.h"

namespace netkit::client {

void notice(std::string_view text) { std::cerr << "netkit-client: " << terminal_text(text) << '\n'; }

void foreign_line(std::string_view text) {
  if (is_terminal(STDERR_FILENO)) {
    std::cerr << terminal_text(text) << '\n';
  } else {
    std::cerr << text << '\n';
  }
}

}  // namespace netkit::client
