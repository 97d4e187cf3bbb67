#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace netkit {

/// A set of byte strings that end a message, and the search for them. Immutable, so threads may share one.
class DelimiterSet {
 public:
  /// Parses the strings of a config, in which \n \r \t \0 \xHH \\ stand for bytes. Throws OptionError if there is none,
  /// if one is empty or has an unknown escape, or if one can never end a message because another always completes
  /// first.
  explicit DelimiterSet(const std::vector<std::string>& texts);

  struct Match {
    std::size_t end = 0;   ///< Offset just past the delimiter.
    std::size_t size = 0;  ///< Size of the delimiter; 0: none was found.
  };

  /// Finds the delimiter that completes first, the longest if several end at the same byte. `scanned`: no delimiter
  /// ends within so many bytes at the front.
  Match find(std::string_view bytes, std::size_t scanned) const;

  /// Returns the size of the longest delimiter that `bytes` ends with, or 0.
  std::size_t size_at_end_of(std::string_view bytes) const;

  const std::string& first() const { return first_; }
  std::size_t longest() const { return longest_first_.front().size(); }
  std::size_t shortest() const { return longest_first_.back().size(); }

 private:
  std::size_t next_end(std::string_view bytes, std::size_t from) const;

  std::string first_;                       // in the order of the config
  std::vector<std::string> longest_first_;  // sorted by size
  std::bitset<256> last_bytes_;
};

}  // namespace netkit
