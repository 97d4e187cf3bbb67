#pragma once

#include <string>

#include "config/values/placed_options.h"

namespace netkit {

/// The framing or handler that a config names, with its checked options.
struct Choice : PlacedOptions {
  std::string type;
  Position where;  ///< Of the name.

  /// Where an option stands; the place of the name for one that the file does not set.
  const Position& place_of(const std::string& option) const {
    const auto place = places.find(option);
    return place == places.end() ? where : place->second;
  }
};

/// The framing of one listener, each direction seen from the server.
struct FramingChoice {
  Choice in;
  Choice out;
};

}  // namespace netkit
