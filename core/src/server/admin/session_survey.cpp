#include "server/admin/session_survey.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace netkit {
namespace {

/// What the loops have found so far. The last one hands it over.
class Survey {
 public:
  Survey(std::size_t loops, std::size_t most, std::function<void(std::vector<SessionReport>)> done)
      : left_(loops), most_(most), done_(std::move(done)) {}

  void add(std::vector<SessionReport> found) {
    {
      const std::lock_guard lock(mutex_);
      const std::size_t room = most_ - std::min(most_, all_.size());
      const std::size_t count = std::min(room, found.size());
      std::move(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), std::back_inserter(all_));
      if (--left_ > 0) return;
    }
    done_(std::move(all_));
  }

 private:
  std::mutex mutex_;
  std::size_t left_;
  const std::size_t most_;
  std::vector<SessionReport> all_;
  const std::function<void(std::vector<SessionReport>)> done_;
};

std::vector<SessionReport> reports_of(EventLoop& loop, const SessionQuery& query, std::size_t most) {
  std::vector<SessionReport> found;
  loop.for_each([&](Channel& channel) {
    if (found.size() >= most) return;
    if (std::optional<SessionReport> report = channel.report(query)) found.push_back(std::move(*report));
  });
  return found;
}

/// Whether one of the loops had the conversation.
class Search {
 public:
  Search(std::size_t loops, std::function<void(bool)> done) : left_(loops), done_(std::move(done)) {}

  void add(bool found) {
    if (found) found_ = true;
    if (--left_ == 0) done_(found_);
  }

 private:
  std::atomic<std::size_t> left_;
  std::atomic<bool> found_{false};
  const std::function<void(bool)> done_;
};

}  // namespace

void survey_sessions(const std::vector<EventLoop*>& loops, const SessionQuery& query, std::size_t most,
                     std::function<void(std::vector<SessionReport>)> done) {
  const auto survey = std::make_shared<Survey>(loops.size(), most, std::move(done));
  for (EventLoop* loop : loops) {
    loop->post([survey, loop, query, most] { survey->add(reports_of(*loop, query, most)); });
  }
}

void kill_session(const std::vector<EventLoop*>& loops, std::uint64_t id, std::function<void(bool)> done) {
  const auto search = std::make_shared<Search>(loops.size(), std::move(done));
  for (EventLoop* loop : loops) {
    loop->post([search, loop, id] {
      Channel* found = nullptr;
      loop->for_each([&](Channel& channel) {
        if (channel.conversation_id() == id) found = &channel;
      });
      if (found != nullptr) found->abort(CloseReason::killed);
      search->add(found != nullptr);
    });
  }
}

}  // namespace netkit
