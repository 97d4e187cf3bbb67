#include "pool/paired_exchange.h"

#include <utility>

#include "pool/failure.h"

namespace netkit::process {

void PairedExchange::ask(Inbox::Item& item, std::string_view body, Buffer& out) {
  encoder_.add(body, item.attributes, out);
  if (item.reply) waiting_.push_back(std::move(item.reply));
}

void PairedExchange::on_output(const Message& message) {
  if (waiting_.empty()) throw BadAnswer("it has answered what nobody has asked: " + excerpt(message.body));
  waiting_.front().finish(message.body, message.attributes == nullptr ? kNoAttributes : *message.attributes);
  waiting_.pop_front();
  ++answered_;
}

void PairedExchange::fail(std::string_view why) {
  for (Reply& reply : std::exchange(waiting_, {})) fail_reply(reply, settings_.on_failure, why);
}

}  // namespace netkit::process
