#pragma once

#include <filesystem>
#include <string>

#include "config/fake_types.h"
#include "config/model/config.h"
#include "config/syntax/diagnostic.h"

namespace netkit::test {

inline const std::filesystem::path kGood = "tests/config/good";

/// The errors of a config file, one a line. Its folder is left out of them, so that they are the same everywhere.
std::string messages(const std::filesystem::path& path);

/// Loads a config that has no errors.
ServerConfig load_good(FakeTypes& types, const std::filesystem::path& path);

/// Loads good/everything.json.
ServerConfig load_everything();

/// print_effective() of a config that has no errors.
std::string effective(const std::filesystem::path& path);

}  // namespace netkit::test
