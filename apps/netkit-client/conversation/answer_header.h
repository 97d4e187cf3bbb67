#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netkit::client {

/// The members of an answer's JSON header that the client uses. A member that is missing, null or of another type keeps
/// its default.
struct AnswerHeader {
  std::optional<std::int64_t> exit;    ///< Exit status of the remote command.
  std::optional<std::int64_t> signal;  ///< Signal that killed the remote command.
  bool timed_out = false;
  bool truncated = false;
  std::optional<std::string> error;
  std::optional<std::string> hash;  ///< Of the whole file, in hex.
  std::string hash_algorithm = "sha256";
  std::uint64_t offset = 0;  ///< Offset of the body in the file, in bytes.
};

AnswerHeader read_answer_header(std::string_view json);

/// Returns the client's exit status for an answer: the command's status, 128+N for signal N, 1 for an error.
int exit_status(const AnswerHeader& header);

}  // namespace netkit::client
