#include "config/readers/address_ranges.h"

#include <optional>
#include <stdexcept>

#include "base/nearest.h"
#include "config/readers/value_reader.h"

namespace netkit {

std::vector<AddressRange> take_ranges(ObjectReader& reader, const std::string& key) {
  std::vector<AddressRange> ranges;
  const Node* node = reader.take(key);
  if (node == nullptr) return ranges;
  const std::optional<std::vector<std::string>> texts = reader.read_texts(key, *node);
  if (!texts) return ranges;
  for (std::size_t i = 0; i < texts->size(); ++i) {
    try {
      ranges.push_back(AddressRange::parse((*texts)[i]));
    } catch (const std::invalid_argument& error) {
      reader.fail(item_where(*node, i), in_quotes(key) + ": " + error.what());
    }
  }
  return ranges;
}

}  // namespace netkit
