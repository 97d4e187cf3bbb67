#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace netkit {

/// A function without arguments that is run later, once or more often. Move-only, so that it may own what cannot be
/// copied. Empty once it is moved from.
class Task {
 public:
  /// Empty: it must not run.
  Task() = default;

  /// Runs `function`, which it takes or copies.
  template <class Function, class = std::enable_if_t<!std::is_same_v<std::remove_cvref_t<Function>, Task> &&
                                                     std::is_invocable_v<std::decay_t<Function>&>>>
  Task(Function&& function)  // NOLINT(google-explicit-constructor): a lambda is passed where a task is wanted
      : held_(std::make_unique<Holder<std::decay_t<Function>>>(std::forward<Function>(function))) {}

  /// Runs it. Throws what the function throws.
  void operator()() { held_->run(); }
  /// False if it is empty.
  explicit operator bool() const { return held_ != nullptr; }

 private:
  struct Held {
    virtual ~Held() = default;
    virtual void run() = 0;
  };
  template <class Function>
  struct Holder final : Held {
    explicit Holder(Function held) : function(std::move(held)) {}
    void run() override { function(); }
    Function function;
  };

  std::unique_ptr<Held> held_;
};

}  // namespace netkit
