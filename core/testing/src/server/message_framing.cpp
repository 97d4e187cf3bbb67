#include "server/message_framing.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <mutex>

namespace netkit::testing {
namespace {

/// Attributes that are on their way, by the number that stands for them on the wire.
class AttributeTable {
 public:
  std::uint64_t put(const Attributes& attributes) {
    if (attributes.empty()) return 0;
    const std::lock_guard lock(mutex_);
    all_.push_back(attributes);
    return all_.size();
  }
  const Attributes* get(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    return number == 0 ? nullptr : &all_.at(number - 1);
  }

 private:
  std::mutex mutex_;
  std::deque<Attributes> all_;
};

struct Head {
  std::uint64_t size;
  std::uint64_t attributes;
};

class MessageDecoder final : public Decoder {
 public:
  explicit MessageDecoder(std::shared_ptr<AttributeTable> table) : table_(std::move(table)) {}

  Decoded decode(std::string_view bytes) override {
    Head head{};
    if (bytes.size() < sizeof head) return {};
    std::memcpy(&head, bytes.data(), sizeof head);
    const std::size_t size = sizeof head + static_cast<std::size_t>(head.size);
    if (bytes.size() < size) return {.size = size};
    const Message message{.body = bytes.substr(sizeof head, head.size), .attributes = table_->get(head.attributes)};
    return {.status = Decoded::Status::message, .size = size, .message = message};
  }

 private:
  const std::shared_ptr<AttributeTable> table_;
};

class MessageEncoder final : public Encoder {
 public:
  explicit MessageEncoder(std::shared_ptr<AttributeTable> table) : table_(std::move(table)) {}

  void begin(const Attributes& attributes, std::uint64_t size, Buffer& out) override {
    const Head head{size, table_->put(attributes)};
    std::array<char, sizeof head> bytes{};
    std::memcpy(bytes.data(), &head, sizeof head);
    out.append({bytes.data(), bytes.size()});
  }
  void end(std::span<char> /*body*/, Buffer& /*out*/) override {}
  bool has_end() const noexcept override { return false; }

 private:
  const std::shared_ptr<AttributeTable> table_;
};

}  // namespace

Framing message_framing() {
  return {"messages", [table = std::make_shared<AttributeTable>()] {
            return Codec{std::make_unique<MessageDecoder>(table), std::make_unique<MessageEncoder>(table)};
          }};
}

}  // namespace netkit::testing
