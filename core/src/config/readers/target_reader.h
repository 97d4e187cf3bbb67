#pragma once

#include <optional>
#include <string>

#include "config/readers/choice_reader.h"
#include "config/readers/option_table.h"
#include "upstream/target_settings.h"

namespace netkit {

/// The keys of a target's `tls`. Their defaults stand in tls/settings.h.
const OptionTable<TlsClientSettings>& target_tls_options();
/// The keys of a target besides `address`, `framing` and `tls`. Their defaults stand in upstream/target_settings.h.
const OptionTable<TargetSettings>& target_options();

/// The address as a config has it.
std::string address_text(const TargetSettings& target);

/// Reads options of the type `target`: an address, or an object with `address` and more.
class TargetReader {
 public:
  /// Everything given must outlive the reader.
  TargetReader(ChoiceReader& choices, const OptionSpec& spec, const std::string& folder, Diagnostics& errors)
      : choices_(choices), spec_(spec), folder_(folder), errors_(errors) {}

  /// Nothing, with errors, if there is a mistake. Files are not opened.
  std::optional<TargetSettings> read(const Node& node, FramingChoice& framing);

 private:
  void read_members(const Node& node, FramingChoice& framing);
  void read_address(const Node& node);
  void read_path(const Node& node, const std::string& text);
  void read_tls(ObjectReader& reader);
  void read_framing(const Node* node, const Position& where, FramingChoice& framing);
  void fail(const Position& where, const std::string& text);

  ChoiceReader& choices_;
  const OptionSpec& spec_;
  const std::string& folder_;
  Diagnostics& errors_;
  TargetSettings target_;
};

}  // namespace netkit
