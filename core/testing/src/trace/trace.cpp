#include "netkit/testing/trace.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "netkit/testing/failure.h"
#include "netkit/testing/framing_contract.h"

namespace netkit::testing {
namespace {

using Kind = TraceStep::Kind;

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// A line about bytes or the end of the client's side: "+0.000385 s  sent 14 bytes  [#1 7] [#2 7]".
struct LineHead {
  TraceStep step;
  std::size_t size = 0;  ///< How many bytes follow.
};

std::optional<LineHead> read_head(const std::string& line) {
  constexpr std::string_view kUnit = " s  ";
  const std::size_t unit = line.find(kUnit);
  if (!line.starts_with('+') || unit == std::string::npos) return {};
  const std::chrono::duration<double> at(std::strtod(line.c_str() + 1, nullptr));
  const auto time = std::chrono::duration_cast<std::chrono::nanoseconds>(at);
  const std::string what = line.substr(unit + kUnit.size());
  if (what == "this side ended") return LineHead{{Kind::ended, time}};
  const bool sent = what.starts_with("sent ");
  if (!sent && !what.starts_with("received ")) return {};
  const std::size_t size = std::strtoull(what.c_str() + what.find(' '), nullptr, 10);
  return LineHead{{sent ? Kind::sent : Kind::received, time}, size};
}

/// A row of the dump: "00000000  68 65 6c 6c 6f 0a                                 |hello.|".
std::string read_row(std::string_view line) {
  std::string bytes;
  const std::string digits(line.substr(0, line.find('|')));
  const char* at = digits.c_str() + std::min<std::size_t>(digits.size(), 8);
  char* end = nullptr;
  for (long value = std::strtol(at, &end, 16); end != at; value = std::strtol(at, &end, 16)) {
    bytes += static_cast<char>(value);
    at = end;
  }
  return bytes;
}

std::string read_rows(std::string_view& text, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size && !text.empty() && !text.starts_with('+')) bytes += read_row(take_line(text));
  if (bytes.size() == size) return bytes;
  throw TestFailure("the trace has " + std::to_string(bytes.size()) + " of " + std::to_string(size) +
                    " bytes: record it with netkit-client --trace --hex");
}

void expect_same(std::string_view expected, std::string_view found) {
  const auto different = std::mismatch(expected.begin(), expected.end(), found.begin(), found.end()).first;
  const auto place = static_cast<std::size_t>(different - expected.begin());
  if (place == expected.size()) return;
  throw TestFailure("byte " + std::to_string(place) + " of what is received differs: recorded " +
                    in_hex(expected.substr(place)) + ", now " + in_hex(found.substr(std::min(place, found.size()))));
}

}  // namespace

std::vector<TraceStep> read_trace(std::string_view text) {
  std::vector<TraceStep> trace;
  while (!text.empty()) {
    std::optional<LineHead> head = read_head(std::string(take_line(text)));
    if (!head) continue;
    head->step.bytes = read_rows(text, head->size);
    trace.push_back(std::move(head->step));
  }
  if (trace.empty()) throw TestFailure("there is no line of a trace: record it with netkit-client --trace --hex");
  return trace;
}

void replay(const std::vector<TraceStep>& trace, TestServer& server) {
  TestConversation peer = server.connect();
  std::string expected;
  std::string found;
  std::chrono::nanoseconds now{0};
  for (const TraceStep& step : trace) {
    server.advance(std::max(step.at - now, std::chrono::nanoseconds(0)));
    now = std::max(step.at, now);
    if (step.kind == Kind::sent) peer.say_bytes(step.bytes);
    if (step.kind == Kind::ended) peer.end();
    if (step.kind != Kind::received) continue;
    expected += step.bytes;
    server.wait_until([&] {
      found += peer.receive_bytes();
      return found.size() >= expected.size() || !peer.unanswered();
    });
    expect_same(expected, found);
  }
  found += peer.receive_bytes();
  if (found.size() > expected.size()) {
    throw TestFailure("more is received than was recorded: " + in_hex(found.substr(expected.size())));
  }
}

}  // namespace netkit::testing
