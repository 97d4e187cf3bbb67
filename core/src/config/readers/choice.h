#pragma once

#include <map>
#include <memory>
#include <string>

#include "config/readers/placed_options.h"

namespace netkit {

struct FramingChoice;

/// The framing or handler that a config names, with its checked options.
struct Choice : PlacedOptions {
  std::string type;
  Position where;  ///< Of the name.
  /// The framings that its options of the types `framing`, `target` and `targets` are made of, by option; of `targets`
  /// by OPTION.NAME.
  std::map<std::string, std::shared_ptr<const FramingChoice>> framings{};

  /// Where an option stands; the place of the name for one that the file does not set.
  const Position& place_of(const std::string& option) const {
    const auto place = places.find(option);
    return place == places.end() ? where : place->second;
  }
};

/// A framing as a config names it, each direction seen from the server.
struct FramingChoice {
  Choice in;
  Choice out;
};

}  // namespace netkit
