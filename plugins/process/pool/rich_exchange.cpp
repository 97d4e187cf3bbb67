#include "pool/rich_exchange.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "pool/failure.h"

namespace netkit::process {
namespace {

/// What a header says for this protocol, and no peer or program for itself.
constexpr std::array<std::string_view, 5> kOwn = {"event", "session", "peer", "done", "close"};
/// What the framing writes.
constexpr std::string_view kSize = "size";

bool is_own(std::string_view name) { return std::ranges::find(kOwn, name) != kOwn.end(); }

Attributes header(const char* event, const Conversation& conversation) {
  const Peer peer = conversation.peer();
  std::string address = peer.host;
  if (peer.port != 0) {
    const bool is_ipv6 = address.find(':') != std::string::npos;
    address = (is_ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(peer.port);
  }
  Attributes attributes;
  attributes.add("event", event)
      .add("session", static_cast<std::int64_t>(conversation.id()))
      .add("peer", std::move(address));
  return attributes;
}

void add_others(const Attributes& from, Attributes& to) {
  for (const Attributes::Attribute& one : from) {
    if (!is_own(one.name) && one.name != kSize) to.add(one.name, one.value);
  }
}

bool flag(const Message& message, std::string_view name) {
  const AttributeValue* value = message.attribute(name);
  const bool* set = value == nullptr ? nullptr : std::get_if<bool>(value);
  return set != nullptr && *set;
}

std::uint64_t session_of(const Message& message) {
  const AttributeValue* value = message.attribute("session");
  const auto* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
  if (number == nullptr || *number <= 0) throw BadAnswer("its header has no session: a whole number above 0");
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

RichExchange::Session& RichExchange::open(const Conversation& conversation, Buffer& out) {
  const auto [found, fresh] = sessions_.try_emplace(conversation.id(), Session{conversation});
  if (!fresh) return found->second;
  newest_ = std::max(newest_, conversation.id());
  encoder_.add({}, header("open", conversation), out);
  return found->second;
}

void RichExchange::ask(Inbox::Item& item, std::string_view body, Buffer& out) {
  if (item.kind == Inbox::Item::Kind::close) {
    const auto found = sessions_.find(item.conversation.id());
    if (found == sessions_.end()) return;
    waiting_ -= found->second.asked.size();
    sessions_.erase(found);
    return encoder_.add({}, header("close", item.conversation), out);
  }
  Session& session = open(item.conversation, out);
  if (item.kind == Inbox::Item::Kind::open) return;
  Attributes attributes = header("message", item.conversation);
  add_others(item.attributes, attributes);
  encoder_.add(body, attributes, out);
  if (!item.reply) return;
  session.asked.push_back(std::move(item.reply));
  ++waiting_;
}

void RichExchange::on_output(const Message& message) {
  const std::uint64_t id = session_of(message);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) {
    if (id > newest_) throw BadAnswer("it names session " + std::to_string(id) + ", which there never was");
    return;  // it has ended while the program answered
  }
  Session& session = found->second;
  const bool done = flag(message, "done");
  if (!done || !message.body.empty()) send(session, message);
  if (done) finish_one(session);
  if (flag(message, "close")) session.conversation.close();
}

/// As a part of the answer to the oldest message that is not answered; else unasked.
void RichExchange::send(Session& session, const Message& message) {
  Attributes attributes;
  if (message.attributes != nullptr) add_others(*message.attributes, attributes);
  const bool taken = session.asked.empty() ? session.conversation.send(message.body, attributes)
                                           : session.asked.front().send(message.body, attributes);
  if (!taken && session.conversation.open()) {
    session.conversation.fail("too-slow", "its program sends more than it takes");
  }
}

void RichExchange::finish_one(Session& session) {
  if (session.asked.empty()) return;  // it marks unasked messages, too, or none is to be answered
  session.asked.front().finish();
  session.asked.pop_front();
  --waiting_;
  ++answered_;
}

void RichExchange::fail(std::string_view why) {
  waiting_ = 0;
  for (auto& [id, session] : std::exchange(sessions_, {})) {
    for (Reply& reply : session.asked) fail_reply(reply, settings_.on_failure, why);
    if (settings_.on_failure == OnFailure::close) session.conversation.fail(kProgramFailed, why);
  }
}

}  // namespace netkit::process
