#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace netkit {

/// The byte strings that end a message, and the search for them. Immutable, so threads may share one.
class DelimiterSet {
 public:
  /// Reads them from the texts of a config, in which \n \r \t \0 \xHH \\ stand for bytes. Throws OptionError for none,
  /// an empty one, an unknown escape, and for one that could never end a message because another is complete before it.
  explicit DelimiterSet(const std::vector<std::string>& texts);

  struct Match {
    std::size_t end = 0;   ///< Behind the delimiter.
    std::size_t size = 0;  ///< Of the delimiter; 0: none was found.
  };

  /// The delimiter that is complete first, the longest where several end at the same byte. The first `scanned` bytes
  /// are known to end none.
  Match find(std::string_view bytes, std::size_t scanned) const;

  /// The size of the longest delimiter that `bytes` ends with, or 0.
  std::size_t size_at_end_of(std::string_view bytes) const;

  const std::string& first() const { return first_; }
  std::size_t longest() const { return longest_first_.front().size(); }
  std::size_t shortest() const { return longest_first_.back().size(); }

 private:
  std::size_t next_end(std::string_view bytes, std::size_t from) const;

  std::string first_;                       // as the config lists them
  std::vector<std::string> longest_first_;  // by size
  std::bitset<256> last_bytes_;
};

}  // namespace netkit
