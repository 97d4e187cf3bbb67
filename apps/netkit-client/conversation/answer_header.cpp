#include "netkit-client/conversation/answer_header.h"

#include <nlohmann/json.hpp>

#include "netkit-client/failure.h"

namespace netkit::client {
namespace {

using Json = nlohmann::json;

template <class T>
std::optional<T> member(const Json& object, const char* name, bool (Json::*is_of_type)() const noexcept) {
  const auto found = object.find(name);
  if (found == object.end() || !((*found).*is_of_type)()) return std::nullopt;
  return found->get<T>();
}

}  // namespace

AnswerHeader read_answer_header(std::string_view json) {
  AnswerHeader header;
  const Json object = Json::parse(json, nullptr, false);
  if (!object.is_object()) return header;
  header.exit = member<std::int64_t>(object, "exit", &Json::is_number_integer);
  header.signal = member<std::int64_t>(object, "signal", &Json::is_number_integer);
  header.timed_out = member<bool>(object, "timed_out", &Json::is_boolean).value_or(false);
  header.truncated = member<bool>(object, "truncated", &Json::is_boolean).value_or(false);
  header.error = member<std::string>(object, "error", &Json::is_string);
  header.hash = member<std::string>(object, "hash", &Json::is_string);
  header.hash_algorithm =
      member<std::string>(object, "hash_algorithm", &Json::is_string).value_or(header.hash_algorithm);
  header.offset = member<std::uint64_t>(object, "offset", &Json::is_number_unsigned).value_or(0);
  return header;
}

int exit_status(const AnswerHeader& header) {
  const auto limited = [](std::int64_t status) {
    return status >= 0 && status < kExitFailure ? static_cast<int>(status) : kExitFailure;
  };
  if (header.exit) return limited(*header.exit);
  if (header.signal) return limited(128 + *header.signal);
  return header.error ? 1 : 0;
}

}  // namespace netkit::client
