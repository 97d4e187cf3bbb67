#include <atomic>
#include <memory>
#include <string>

#include <netkit/account.h>
#include <netkit/plugin.h>

/// Exported, and with static data in an inline function: what g++ marks as unique in the process unless told not to.
struct NETKIT_EXPORT Answers {
  static int next_number() {
    static std::atomic<int> last{0};
    return ++last;
  }
};

namespace {

/// Numbers its answers, and answers with the name of the user whose number is asked for.
class UserName final : public netkit::Handler {
 public:
  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    const auto number = static_cast<uid_t>(std::stoul(std::string(message.body)));
    const std::optional<netkit::Account> account = netkit::find_account(number);
    const std::string name = account ? account->name : "nobody";
    responder.send(std::to_string(Answers::next_number()) + " " + name);
  }
  bool may_block(const netkit::Message& /*message*/) const override { return true; }
};

void enroll(netkit::Registry& registry) {
  registry.add(netkit::HandlerType{
      .name = "user-name",
      .help = "answers with the name of the user that has a number",
      .make = [](const netkit::Options&, const netkit::HandlerContext&) { return std::make_unique<UserName>(); }});
}

}  // namespace

NETKIT_PLUGIN("user-name", "1.0", enroll)
