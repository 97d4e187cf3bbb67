#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "netkit/body_source.h"
#include "netkit/budget.h"
#include "programs/unix.h"

namespace netkit::exec {

/// What a file has of a budget; goes back when it is destroyed.
class Share {
 public:
  explicit Share(std::shared_ptr<Budget> budget) : budget_(std::move(budget)) {}
  Share(Share&& other) noexcept : budget_(std::move(other.budget_)), size_(std::exchange(other.size_, 0)) {}
  Share& operator=(Share&&) = delete;
  ~Share() {
    if (budget_) budget_->give_back(size_);
  }

  std::uint64_t size() const { return size_; }
  /// False, and nothing is taken, if there is not so much left.
  bool grow(std::uint64_t bytes) {
    if (budget_ && !budget_->take(bytes)) return false;
    size_ += bytes;
    return true;
  }

 private:
  std::shared_ptr<Budget> budget_;
  std::uint64_t size_ = 0;
};

/// A file in $TMPDIR, else in /var/tmp (/tmp is in memory on many systems). It has no name, so it is gone when its
/// descriptor closes.
class SpoolFile {
 public:
  /// `budget` has room for it; null: any file has room. Throws std::runtime_error; so does append().
  explicit SpoolFile(std::shared_ptr<Budget> budget);

  void append(std::string_view bytes);
  std::uint64_t size() const { return share_.size(); }

  /// Returns the content as the body of an answer. The spool is empty afterwards.
  std::unique_ptr<BodySource> release();

 private:
  UniqueFd file_;
  Share share_;
};

}  // namespace netkit::exec
