#include "pool/pool_handler.h"

#include <utility>

#include "counters.h"

namespace netkit::process {
namespace {

/// Spreads numbers that follow each other, or that differ by the number of loops.
std::size_t spread(std::uint64_t id) {
  constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;
  return static_cast<std::size_t>((id * kGolden) >> 32);
}

}  // namespace

PoolHandler::PoolHandler(Settings settings, HandlerContext context)
    : settings_(std::move(settings)), context_(std::move(context)), pool_{settings_,
                                                                          context_,
                                                                          count_starts(context_),
                                                                          count_failures(context_),
                                                                          count_losses(context_),
                                                                          count_queue(context_)} {
  const Listener& services = context_.services;
  const std::size_t loops = services.loops();
  if (loops == 0) return;
  for (std::size_t loop = 0; loop < loops; ++loop) {
    supervisions_.push_back(std::make_unique<Supervisions>(settings_.launcher, services, loop));
  }
  near_.resize(loops);
  for (std::size_t i = 0; i < settings_.workers; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>(pool_, *supervisions_[i % loops], i + 1));
    near_[i % loops].push_back(&worker);
    services.run(worker.loop(), [&worker] { worker.start(); });
  }
  // A loop without a program uses those of all others.
  for (std::vector<Worker*>& near : near_) {
    if (!near.empty()) continue;
    for (const auto& worker : workers_) near.push_back(worker.get());
  }
}

PoolHandler::~PoolHandler() = default;

Worker& PoolHandler::worker_of(const Conversation& conversation) const {
  const std::vector<Worker*>& near = near_[conversation.loop()];
  return *near[spread(conversation.id()) % near.size()];
}

void PoolHandler::on_message(const Message& message, Responder& responder) {
  const Conversation conversation = responder.conversation();
  Inbox::Item item;
  if (settings_.answers) item.reply = responder.defer();
  if (settings_.rich || !settings_.answers) item.conversation = conversation;
  if (message.attributes != nullptr) item.attributes = *message.attributes;
  worker_of(conversation).put(std::move(item), message.body, conversation);
}

void PoolHandler::on_open(const Conversation& conversation) {
  worker_of(conversation).put({.kind = Inbox::Item::Kind::open, .conversation = conversation}, {}, conversation);
}

void PoolHandler::on_close(const Conversation& conversation, const Ending& /*ending*/) {
  worker_of(conversation).put({.kind = Inbox::Item::Kind::close, .conversation = conversation}, {}, conversation);
}

}  // namespace netkit::process
