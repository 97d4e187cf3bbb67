#include "send_record.h"

namespace file_send {

void SendRecord::write(std::uint64_t offset, std::uint64_t size, std::uint64_t sent) const {
  conversation_.event(netkit::LogLevel::info, "file-send",
                      {{"file", file_},
                       {"offset", static_cast<std::int64_t>(offset)},
                       {"bytes", static_cast<std::int64_t>(sent)},
                       {"seconds", std::chrono::duration<double>(Clock::now() - start_).count()},
                       {"whole", sent == size}});
}

}  // namespace file_send
