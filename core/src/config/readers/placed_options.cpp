#include "config/readers/placed_options.h"

#include <utility>

namespace netkit {

void PlacedOptions::set(const std::string& name, Options::Value value, const Position& where) {
  options.set(name, std::move(value));
  places.insert_or_assign(name, where);
}

void PlacedOptions::add_missing(const PlacedOptions& defaults) {
  for (const auto& [name, value] : defaults.options.all()) {
    if (!options.has(name)) set(name, value, defaults.places.at(name));
  }
}

}  // namespace netkit
