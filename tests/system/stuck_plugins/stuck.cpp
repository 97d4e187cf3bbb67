#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include <netkit/plugin.h>

namespace {

volatile bool wanted = true;
volatile int* volatile nowhere = nullptr;

/// Uses up the stack.
[[gnu::noinline]] int descend(int depth) {
  volatile int here = depth;  // so that each call needs a place of its own
  return wanted ? descend(depth + 1) + here : 0;
}

void do_as_told(std::string_view what) {
  if (what == "loop") {
    while (wanted) {
    }
  }
  constexpr std::string_view kWait = "wait ";  // for somebody to open that FIFO for writing
  if (what.starts_with(kWait)) std::ifstream(std::string(what.substr(kWait.size()))).get();
  if (what == "crash") *nowhere = 1;
  if (what == "abort") std::abort();
  if (what == "overflow") descend(1);
  if (what == "library") std::memset(const_cast<int*>(nowhere), 1, wanted ? 100 : 0);
}

class Stuck final : public netkit::Handler {
 public:
  explicit Stuck(bool blocks) : blocks_(blocks) {}
  bool may_block(const netkit::Message& /*message*/) const override { return blocks_; }
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    do_as_told(message.body);
    responder.send(message.body);
  }

 private:
  const bool blocks_;
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{
      .name = "stuck",
      .help = "does what a message says, most of which it does not survive",
      .options = {{"in_make", netkit::OptionType::text, "nothing", "does that when it is made"},
                  {"blocks", netkit::OptionType::flag, "false", "is called on a worker"}},
      .make = [](const netkit::Options& options, const netkit::HandlerContext&) -> std::unique_ptr<netkit::Handler> {
        do_as_told(options.text("in_make"));
        return std::make_unique<Stuck>(options.flag("blocks"));
      }});
}

}  // namespace

NETKIT_PLUGIN("stuck", "1.0", enroll)
