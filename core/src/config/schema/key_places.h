#pragma once

#include <string>
#include <vector>

#include "config/syntax/node.h"
#include "plugin/registry.h"

namespace netkit {

/// The keys, and the indices in lists, that lead from the top level of a config to an object in it.
using KeyPath = std::vector<std::string>;

/// Knows at which level of a config a key belongs, from the schema of configs.
class KeyPlaces {
 public:
  /// `types`, which must outlive the object, are those that a config may name. With `is_ini` the places are told as INI
  /// has them.
  KeyPlaces(const TypeRegistry& types, bool is_ini) : types_(types), is_ini_(is_ini) {}

  /// What to say of a key that is unknown in the object at `path`: "it is an option of handler exec: write it in
  /// 'handler'". Empty if no other level of `config` has such a key.
  std::string hint(const Node& config, const KeyPath& path, const std::string& key) const;

 private:
  /// One sentence about one key.
  struct Question {
    const Node* listener;  ///< The entry of `listeners` that the path leads into; null: none.
    KeyPath path;          ///< From the listener, or else from the top level.
    std::string key;
  };

  std::string from_listener(const Question& question) const;
  std::string from_outside(const Question& question) const;
  std::string of_types(const Question& question) const;
  std::string of_listener(const Question& question) const;
  std::string of_top_level(const Question& question) const;
  std::string of_any_listener(const Question& question) const;
  std::string of_other_types(const Question& question) const;
  std::vector<std::string> types_with(const std::string& kind, const std::string& option) const;
  bool has_option(const std::string& kind, const std::string& type, const std::string& option) const;

  const TypeRegistry& types_;
  const bool is_ini_;
};

}  // namespace netkit
