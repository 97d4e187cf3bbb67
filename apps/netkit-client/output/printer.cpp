#include "netkit-client/output/printer.h"

#include <iostream>

#include "netkit-client/conversation/answer_header.h"

namespace netkit::client {

Outcome Printer::begin(std::string_view header, std::uint64_t /*size*/) {
  newline_due_ = open_ ? newline_due_ : options_.lines;
  open_ = true;
  if (header.empty()) return {};
  if (options_.headers) std::cerr << header << '\n';
  const AnswerHeader read = read_answer_header(header);
  status_ = exit_status(read);
  if (read.timed_out) std::cerr << "netkit-client: the command was ended at the server's time limit\n";
  if (read.truncated) std::cerr << "netkit-client: the answer was cut at the server's limit\n";
  return {};
}

void Printer::piece(std::string_view bytes) {
  if (bytes.empty()) return;
  newline_due_ = bytes.back() != '\n';
  if (options_.hex) {
    output_.write(dump_.feed(bytes));
  } else {
    output_.write(bytes);
  }
}

void Printer::end() {
  if (!options_.joined) close_text();
}

void Printer::complete() {
  if (options_.joined && open_) close_text();
  flush();
}

void Printer::close_text() {
  if (options_.hex) {
    output_.write(dump_.finish());
  } else if (!options_.exact && newline_due_) {
    output_.write("\n");
  }
  newline_due_ = false;
  open_ = false;
}

}  // namespace netkit::client
