#pragma once

#include "netkit-client/conversation/answer_sink.h"
#include "netkit-client/output/hex_dump.h"
#include "netkit-client/output/standard_output.h"
#include "netkit-client/output/terminal_text.h"

namespace netkit::client {

struct PrinterOptions {
  bool exact = false;     ///< Do not add newlines.
  bool hex = false;       ///< Print hex dumps instead of the bytes.
  bool harmless = false;  ///< Let nothing through that controls a terminal.
  bool headers = false;   ///< Print JSON headers to standard error.
  bool joined = false;    ///< The pieces until complete() are one text (raw framing).
  bool lines = false;     ///< Print an empty answer as an empty line (text framings).
};

/// Prints answers to standard output and keeps the exit status that their headers ask for.
class Printer final : public AnswerSink {
 public:
  explicit Printer(const PrinterOptions& options) : options_(options) {}

  Outcome begin(std::string_view header, std::uint64_t size) override;
  void piece(std::string_view bytes) override;
  void end() override;
  void flush() override { output_.flush(); }
  void end_line() override;
  void complete() override;

  /// Status of the last answer with a header; 0 if there was none.
  int status() const { return status_; }

 private:
  void close_text();

  const PrinterOptions options_;
  StandardOutput output_;
  HexDump dump_;
  TerminalText text_;
  bool open_ = false;  // an answer has begun and not ended
  bool newline_due_ = false;
  int status_ = 0;
};

}  // namespace netkit::client
