#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string_view>

#include "netkit/plugin.h"

namespace {

constexpr std::int64_t kLeast = 1;
constexpr std::int64_t kMost = 100;

/// The whole text as a number.
std::optional<std::int64_t> parse(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

/// One game. What a peer says wrong is answered; it is no exception.
class Game final : public netkit::Handler {
 public:
  explicit Game(std::int64_t number) : number_(number) {}

  bool sees_events() const override { return true; }
  void on_open(const netkit::Conversation& conversation) override { conversation.send("guess a number from 1 to 100"); }
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    const std::optional<std::int64_t> guess = parse(message.body);
    if (!guess) {
      responder.send("that is not a number");
    } else if (*guess != number_) {
      responder.send(*guess < number_ ? "higher" : "lower");
    } else {
      responder.send("right");
      responder.close();
    }
  }

 private:
  const std::int64_t number_;
};

class Guess final : public netkit::Handler {
 public:
  explicit Guess(std::optional<std::int64_t> number) : number_(number) {}

  std::unique_ptr<netkit::Handler> for_conversation() override {
    return std::make_unique<Game>(number_ ? *number_ : random_number());
  }
  void on_message(const netkit::Message& /*message*/, netkit::Responder& /*responder*/) override {}

 private:
  /// Several loops may begin a conversation at once: what draws the number is not shared.
  static std::int64_t random_number() {
    std::random_device source;
    return std::uniform_int_distribution<std::int64_t>(kLeast, kMost)(source);
  }

  const std::optional<std::int64_t> number_;
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{
      .name = "guess",
      .help = "lets the peer guess a number",
      .options = {{.name = "number",
                   .type = netkit::OptionType::integer,
                   .help = "the number; a random one for each conversation if it is not given",
                   .least = kLeast,
                   .most = kMost}},
      .needs_conversation = true,
      .make = [](const netkit::Options& options, const netkit::HandlerContext&) {
        return std::make_unique<Guess>(options.has("number") ? std::optional(options.integer("number")) : std::nullopt);
      }});
}

}  // namespace

NETKIT_PLUGIN("guess", "1.0", enroll)
