#include "program/supervision.h"

#include <fcntl.h>

#include <csignal>
#include <optional>
#include <system_error>

#include "program/byte_framing.h"
#include "programs/unix.h"

namespace netkit::process {

/// Reads the supervisor's packets. Does not keep it: its connection ends when it does.
class Supervision::Reader final : public UpstreamHandler {
 public:
  explicit Reader(std::weak_ptr<Supervision> supervision) : supervision_(std::move(supervision)) {}

  void on_message(const Upstream& /*upstream*/, const Message& packet) override {
    const std::shared_ptr<Supervision> supervision = supervision_.lock();
    if (supervision == nullptr) return;
    const std::optional<programs::Report> report = supervision->link_->take_packet(packet.body);
    if (report) supervision->tell(&*report);
  }
  void on_end(const Upstream& upstream) override { upstream.close(); }
  void on_close(const Upstream& /*upstream*/, std::string_view reason, std::string_view /*detail*/) override {
    const std::shared_ptr<Supervision> supervision = supervision_.lock();
    if (supervision == nullptr || reason == "shutdown") return;
    supervision->link_->take_packet({});
    supervision->tell(nullptr);
  }

 private:
  const std::weak_ptr<Supervision> supervision_;
};

std::shared_ptr<Supervision> Supervision::begin(programs::Launcher& launcher, const Listener& services,
                                                std::size_t loop) {
  auto supervision = std::make_shared<Supervision>(launcher.make_supervisor());
  // The connection owns its descriptor, and the link keeps one to send by.
  UniqueFd copy = programs::checked_descriptor(::fcntl(supervision->link_->descriptor(), F_DUPFD_CLOEXEC, 0), "fcntl");
  supervision->reader_ =
      services.connect(loop, Target::of_descriptor(copy.release(), "the supervisor of a program", byte_framing()),
                       std::make_shared<Reader>(supervision));
  return supervision;
}

int Supervision::run(std::uint64_t id, const programs::Command& command, const programs::Streams& streams,
                     OnReport on_report) {
  const int error = link_->run(id, command, streams);
  if (error == 0) on_report_ = std::move(on_report);
  return error;
}

void Supervision::kill_command() { link_->signal(SIGKILL); }

void Supervision::tell(const programs::Report* report) {
  if (const OnReport on_report = std::exchange(on_report_, nullptr)) on_report(report);
}

std::shared_ptr<Supervision> Supervisions::run(const programs::Command& command, const programs::Streams& streams,
                                               const Supervision::OnReport& on_report) {
  for (;;) {
    std::shared_ptr<Supervision> supervision = take();
    const bool waited = supervision != nullptr;
    if (!waited) supervision = Supervision::begin(*launcher_, services_, loop_);
    const int error = supervision->run(launcher_->next_id(), command, streams, on_report);
    if (error == 0) return supervision;
    if (waited && programs::is_gone(error)) continue;  // it had died meanwhile
    throw std::system_error(error, std::generic_category());
  }
}

void Supervisions::put_back(std::shared_ptr<Supervision> supervision) {
  if (supervision->ready() && idle_.size() < kMostIdle) idle_.push_back(std::move(supervision));
}

std::shared_ptr<Supervision> Supervisions::take() {
  while (!idle_.empty()) {
    std::shared_ptr<Supervision> supervision = std::move(idle_.back());
    idle_.pop_back();
    if (supervision->ready()) return supervision;
  }
  return nullptr;
}

}  // namespace netkit::process
