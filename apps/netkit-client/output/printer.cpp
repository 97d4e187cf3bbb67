#include "netkit-client/output/printer.h"

#include "netkit-client/conversation/answer_header.h"
#include "netkit-client/output/notice.h"

namespace netkit::client {

Outcome Printer::begin(std::string_view header, std::uint64_t /*size*/) {
  newline_due_ = open_ ? newline_due_ : options_.lines;
  open_ = true;
  if (header.empty()) return {};
  if (options_.headers) foreign_line(header);
  const AnswerHeader read = read_answer_header(header);
  status_ = exit_status(read);
  if (read.timed_out) notice("the command was ended at the server's time limit");
  if (read.truncated) notice("the answer was cut at the server's limit");
  return {};
}

void Printer::piece(std::string_view bytes) {
  if (bytes.empty()) return;
  newline_due_ = bytes.back() != '\n';
  if (options_.hex) {
    output_.write(dump_.feed(bytes));
  } else if (options_.harmless) {
    output_.write(text_.feed(bytes));
  } else {
    output_.write(bytes);
  }
}

void Printer::end() {
  if (!options_.joined) close_text();
}

void Printer::end_line() {
  if (!options_.harmless || options_.hex) return;
  if (output_.end_line() && output_.holds_nothing()) newline_due_ = false;
}

void Printer::complete() {
  if (options_.joined && open_) close_text();
  flush();
}

void Printer::close_text() {
  if (options_.hex) {
    output_.write(dump_.finish());
  } else {
    output_.write(text_.finish());
    if (!options_.exact && newline_due_) output_.write("\n");
  }
  newline_due_ = false;
  open_ = false;
}

}  // namespace netkit::client
