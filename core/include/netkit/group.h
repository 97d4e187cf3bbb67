#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "netkit/conversation.h"

namespace netkit {

/// What becomes of a member for whom limits.output bytes wait already.
enum class SlowMember : std::uint8_t {
  skip,   ///< It misses the message; Group::skipped() counts.
  close,  ///< Its conversation ends with `too-slow`.
};

/// What a Group holds; implemented by the server and by netkit::testing. Every call may come from any thread.
class GroupCore {
 public:
  virtual ~GroupCore() = default;
  /// As Group's functions of these names.
  /// @{
  virtual void add(const Conversation& member) = 0;
  virtual void remove(const Conversation& member) = 0;
  virtual void send(SharedBody body, const Attributes& attributes, std::uint64_t except) = 0;
  virtual std::size_t size() const noexcept = 0;
  virtual std::uint64_t skipped() const noexcept = 0;
  /// @}
};

/// Conversations that are sent the same, over all event loops: one copy of a body for all of them. A conversation that
/// ends leaves by itself. Made by Listener::make_group(), and ends with that listener's handler: then every call does
/// nothing. Copies are handles of the same group. Any thread.
class Group {
 public:
  /// A handle of no group: it has no members.
  Group() = default;
  /// For whoever implements groups.
  explicit Group(std::shared_ptr<GroupCore> core) : core_(std::move(core)) {}

  /// A conversation is a member once, however often it is added.
  void add(const Conversation& member) const {
    if (core_) core_->add(member);
  }
  /// Does nothing for one that is no member.
  void remove(const Conversation& member) const {
    if (core_) core_->remove(member);
  }

  /// Sends one unasked message to every member, but to `except` if that is one. Messages of one thread come in its
  /// order. A member that is added meanwhile may get it or not.
  void send(std::string_view body, const Conversation& except = {}) const {
    if (core_) core_->send(std::make_shared<const std::string>(body), kNoAttributes, except.id());
  }
  /// The same without a copy of the body, and with attributes.
  void send(SharedBody body, const Attributes& attributes, const Conversation& except = {}) const {
    if (core_) core_->send(std::move(body), attributes, except.id());
  }

  /// How many conversations have been added and neither removed nor ended.
  std::size_t size() const noexcept { return core_ ? core_->size() : 0; }
  /// How many messages slow members have missed so far.
  std::uint64_t skipped() const noexcept { return core_ ? core_->skipped() : 0; }

 private:
  std::shared_ptr<GroupCore> core_;
};

}  // namespace netkit
