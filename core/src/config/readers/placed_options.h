#pragma once

#include <map>
#include <string>

#include "config/syntax/position.h"
#include "netkit/options.h"

namespace netkit {

/// The options of one object of a config, and where they stand.
struct PlacedOptions {
  Options options;
  std::map<std::string, Position> places;  ///< Of each option in the file; defaults have no entry.

  void set(const std::string& name, Options::Value value, const Position& where);

  /// Takes over each option of `defaults` that is unset here, and its place.
  void add_missing(const PlacedOptions& defaults);
};

}  // namespace netkit
