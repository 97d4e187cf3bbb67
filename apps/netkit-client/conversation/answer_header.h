#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netkit::client {

/// What the client looks at in the JSON header of an answer. A member that is not there, null or of another type is
/// left at its default.
struct AnswerHeader {
  std::optional<std::int64_t> exit;    ///< Exit status of a remote command.
  std::optional<std::int64_t> signal;  ///< The signal that ended it.
  bool timed_out = false;
  bool truncated = false;
  std::optional<std::string> error;
  std::optional<std::string> hash;  ///< Of the whole file, in hex.
  std::string hash_algorithm = "sha256";
  std::uint64_t offset = 0;  ///< Where in the file the body begins, in bytes.
};

AnswerHeader read_answer_header(std::string_view json);

/// What the client exits with after this answer: the command's status, 128+N for signal N, 1 for an error.
int exit_status(const AnswerHeader& header);

}  // namespace netkit::client
