#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/syntax/diagnostic.h"
#include "config/syntax/node.h"
#include "netkit/options.h"

namespace netkit {

/// Options read from a file, and where each stands there.
struct Settings {
  Options options;
  std::map<std::string, Position> places;
};

/// Takes the members of one object by name. What was never asked for is unknown, and what was asked for is known: no
/// list of keys is kept anywhere else.
class ObjectReader {
 public:
  /// `folder` is what relative paths are relative to. All three must outlive the reader. `node` must be an object.
  ObjectReader(const Node& node, const std::string& folder, Diagnostics& errors)
      : node_(node), folder_(folder), errors_(errors) {}

  /// Null if the object has no such member.
  const Node* take(const std::string& key);

  /// The same, a missing member being an error.
  const Node* require(const std::string& key, const std::string& expected);

  /// Takes the members that `specs` name into `settings`, without filling in defaults.
  void take_options(const std::vector<OptionSpec>& specs, Settings& settings);

  /// Takes the member `key`, an object that has the options of `specs` and nothing else; none are set if it is missing.
  Settings take_object(const std::string& key, const std::vector<OptionSpec>& specs);

  /// Reports what was not taken.
  void refuse_rest();

 private:
  const Node& node_;
  const std::string& folder_;
  Diagnostics& errors_;
  std::vector<std::string> known_;
};

/// False, with an error, if `node` is not an object.
bool require_object(const std::string& key, const Node& node, Diagnostics& errors);

}  // namespace netkit
