#include <sysexits.h>

#include <exception>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>

#include "config/load.h"
#include "netkit-ctl/admin_client.h"
#include "netkit-ctl/command_line.h"
#include "netkit-ctl/commands.h"

namespace netkit::ctl {
namespace {

constexpr const char* kDefaultSocket = "/run/netkit/admin.sock";

/// Where the server is, and the token for it.
struct Server {
  Address address;
  std::string token;
};

std::string read_token(const std::string& file) {
  if (file.empty()) return {};
  std::ifstream in(file);
  std::string token;
  if (!std::getline(in, token)) throw UsageError("cannot read a token from " + file);
  return token;
}

Address parse_admin(const std::string& text) {
  try {
    refuse_url(text);
    if (text.find('/') != std::string::npos) return {.host = {}, .path = text};
    Address address = parse_address(text);
    if (address.host == "localhost") address.host = "127.0.0.1";
    return address;
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("--admin: ") + error.what());
  }
}

Server find_server(const CommandLine& line) {
  if (line.config.empty())
    return {parse_admin(line.admin.empty() ? kDefaultSocket : line.admin), read_token(line.token_file)};
  Diagnostics errors;
  const std::optional<AdminConfig> admin = load_admin(line.config, errors);
  std::string text;
  for (const Diagnostic& error : errors) text += (text.empty() ? "" : "\n") + to_string(error);
  if (!text.empty()) throw UsageError(text);
  if (!admin || !admin->address)
    throw UsageError(line.config + " has no 'admin' with an 'address': the server cannot be asked");
  return {*admin->address, read_token(line.token_file.empty() ? admin->token_file : line.token_file)};
}

int run(int argc, const char* const* argv) {
  const CommandLine line = parse_command_line(argc, argv);
  if (!line.notice.empty()) {
    std::cout << line.notice;
    return EX_OK;
  }
  const Server server = find_server(line);
  AdminClient client(server.address, server.token);
  return run_command(client, line);
}

}  // namespace
}  // namespace netkit::ctl

int main(int argc, const char* const* argv) {
  try {
    return netkit::ctl::run(argc, argv);
  } catch (const netkit::ctl::UsageError& error) {
    std::cerr << "netkit-ctl: " << error.what() << '\n';
    return EX_USAGE;
  } catch (const netkit::ctl::NoServer& error) {
    std::cerr << "netkit-ctl: " << error.what() << '\n';
    return EX_UNAVAILABLE;
  } catch (const std::exception& error) {
    std::cerr << "netkit-ctl: " << error.what() << '\n';
    return EX_SOFTWARE;
  }
}
