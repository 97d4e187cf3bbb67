#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace netkit::lua {

/// A pattern that is none, or too complex; what() as Lua says it.
class PatternError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Matches the patterns of Lua 5.4 as its own library does, and counts the steps that takes: a match may take a time
/// that is exponential in the pattern's length.
class Matcher {
 public:
  /// Told of steps that were made; may throw to end the match.
  using Spend = void (*)(void* whose, std::size_t steps);

  /// `subject` and `pattern`, without its anchor `^`, must outlive the matcher.
  Matcher(std::string_view subject, std::string_view pattern, Spend spend, void* whose)
      : begin_(subject.data()),
        end_(begin_ + subject.size()),
        pattern_(pattern.data()),
        pattern_end_(pattern_ + pattern.size()),
        spend_(spend),
        whose_(whose) {}
  ~Matcher() = default;
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  /// Matches the whole pattern at `from`. Returns the end of the match, null if there is none. Throws PatternError and
  /// what Spend throws.
  const char* match(const char* from);

  /// A capture of the last match.
  struct Capture {
    bool is_position = false;
    const char* begin = nullptr;
    std::size_t size = 0;
  };
  int captures() const { return level_; }
  /// Capture `index`, from 0. The match from `from` to `to` stands for the first one of a pattern without captures.
  Capture capture(int index, const char* from, const char* to) const;

  /// Tells the steps that have not been told.
  void settle();

 private:
  static constexpr int kMostCaptures = 32;
  static constexpr int kDeepest = 200;
  static constexpr std::size_t kStepsToTell = 5000;
  static constexpr std::ptrdiff_t kOpen = -1;
  static constexpr std::ptrdiff_t kPosition = -2;

  struct Span {
    const char* begin;
    std::ptrdiff_t size;  ///< Or kOpen, kPosition.
  };

  const char* run(const char* at, const char* item);
  const char* run_item(const char*& at, const char*& item, bool& go_on);
  const char* longest(const char* at, const char* item, const char* end);
  const char* shortest(const char* at, const char* item, const char* end);
  const char* open_capture(const char* at, const char* rest, std::ptrdiff_t kind);
  const char* close_capture(const char* at, const char* rest);
  const char* balanced(const char* at, const char* item);
  const char* same_as_capture(const char* at, char digit);
  bool at_frontier(const char* at, const char* set, const char* set_end);
  const char* item_end(const char* item);
  bool fits(const char* at, const char* item, const char* item_end);
  static bool in_set(unsigned char byte, const char* set, const char* last);
  void step(std::size_t count = 1) {
    steps_ += count;
    if (steps_ >= kStepsToTell) settle();
  }

  const char* const begin_;
  const char* const end_;
  const char* const pattern_;
  const char* const pattern_end_;
  const Spend spend_;
  void* const whose_;
  std::size_t steps_ = 0;
  int depth_ = 0;
  int level_ = 0;
  std::array<Span, kMostCaptures> spans_{};
};

}  // namespace netkit::lua
