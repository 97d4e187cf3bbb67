// Fuzz target: the message of a file-send client. Whatever it holds, it is a request or refused in one line.

#include <algorithm>
#include <string>

#include "fuzz/input.h"
#include "fuzz/require.h"
#include "request.h"

using netkit::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message = netkit::fuzz::Input(data, size).rest();
  const auto parsed = file_send::parse_request(message);
  if (const auto* bad = std::get_if<file_send::BadRequest>(&parsed)) {
    require(message.starts_with('{'), "a path is never refused here");
    require(!bad->reason.empty(), "a refusal has a reason");
    const bool one_line = std::all_of(bad->reason.begin(), bad->reason.end(),
                                      [](char byte) { return static_cast<unsigned char>(byte) >= ' '; });
    require(one_line, "a reason is one line");
    return 0;
  }
  const auto& request = std::get<file_send::Request>(parsed);
  if (!message.starts_with('{')) {
    require(message.starts_with(request.filename), "a path stands as it was sent");
    require(message.size() - request.filename.size() <= 2, "but for one line end");
  }
  return 0;
}
