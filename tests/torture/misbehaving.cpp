// A handler that goes wrong in the way its message names, or its option `make` or `session` at other times. Of the two
// ways to throw, "number" is one that no handler of std::exception catches.
#include <netkit/plugin.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace {

void go_wrong(std::string_view way) {
  if (way.ends_with("throw")) throw std::runtime_error("misbehaving");
  if (way.ends_with("number")) throw 42;
}

/// Fails at the call its name begins with: "size", "read", "descriptor", "offset", "intact".
class BadBody final : public netkit::BodySource {
 public:
  explicit BadBody(std::string_view way) : way_(way) {}

  std::uint64_t size() const override {
    if (++asked_ > 1) fail("size-later");
    fail("size-first");
    return 100000;
  }
  std::size_t read(std::span<char> into) override {
    fail("read");
    std::fill(into.begin(), into.end(), 'x');
    if (way_ == "body-read-none") return 0;
    return way_ == "body-read-too-much" ? into.size() * 2 : into.size();
  }
  int descriptor() const override {
    fail("descriptor");
    return way_ == "body-descriptor-closed" ? 1000000 : -1;
  }
  bool intact() override {
    fail("intact");
    return way_ != "body-intact-no";
  }

 private:
  void fail(const std::string& call) const {
    if (way_.starts_with("body-" + call)) go_wrong(way_);
  }

  std::string way_;
  mutable int asked_ = 0;
};

class Misbehaving final : public netkit::Handler {
 public:
  explicit Misbehaving(std::string session) : session_(std::move(session)) {}

  std::unique_ptr<netkit::Handler> for_conversation() override {
    go_wrong(session_);
    return nullptr;
  }

  bool may_block(const netkit::Message& message) const override {
    if (message.body.starts_with("asked-")) go_wrong(message.body);
    return message.body.starts_with("worker-");
  }

  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    const std::string_view way = message.body;
    if (way.starts_with("body-null")) responder.stream(nullptr, {});
    if (way.starts_with("body-")) return responder.stream(std::make_unique<BadBody>(way), {});
    if (way.starts_with("write-")) responder.write(10, [way](std::span<char> /*into*/) { go_wrong(way); });
    if (way.starts_with("worker-after")) responder.send("answer");
    go_wrong(way);
    responder.send(way);
  }

 private:
  std::string session_;
};

std::unique_ptr<netkit::Handler> make(const netkit::Options& options, const netkit::HandlerContext& /*context*/) {
  const std::string way = options.text("make");
  go_wrong(way);
  if (way == "null") return nullptr;
  return std::make_unique<Misbehaving>(options.text("session"));
}

void enroll(netkit::Registry& registry) {
  const auto way = [](const char* name) {
    return netkit::OptionSpec{
        .name = name, .type = netkit::OptionType::text, .fallback = "well", .help = "how to go wrong"};
  };
  registry.add(netkit::HandlerType{.name = "misbehaving",
                                   .help = "goes wrong as its message says",
                                   .options = {way("make"), way("session")},
                                   .make = make});
}

}  // namespace

NETKIT_PLUGIN("misbehaving", "1", enroll)
