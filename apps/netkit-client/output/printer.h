#pragma once

#include "netkit-client/conversation/answer_sink.h"
#include "netkit-client/output/hex_dump.h"
#include "netkit-client/output/output.h"

namespace netkit::client {

struct PrinterOptions {
  bool exact = false;    ///< Add no newlines.
  bool hex = false;      ///< Hex dumps instead of the bytes.
  bool headers = false;  ///< JSON headers to standard error.
  bool joined = false;   ///< The pieces up to complete() are one text: raw framing.
  bool lines = false;    ///< An empty answer is an empty line, not nothing: text framings.
};

/// Prints answers to standard output and keeps the status that their headers ask for.
class Printer final : public AnswerSink {
 public:
  explicit Printer(const PrinterOptions& options) : options_(options) {}

  Outcome begin(std::string_view header, std::uint64_t size) override;
  void piece(std::string_view bytes) override;
  void end() override;
  void flush() override { output_.flush(); }
  void complete() override;

  /// The status of the last answer that had a header; 0 if none had.
  int status() const { return status_; }

 private:
  void close_text();

  const PrinterOptions options_;
  Output output_;
  HexDump dump_;
  bool open_ = false;  // something was begun and not closed
  bool newline_due_ = false;
  int status_ = 0;
};

}  // namespace netkit::client
