#include "config/sections/option_tables.h"

#include <cstdint>

#include "config/values/log_level.h"

namespace netkit {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

}  // namespace

const std::vector<OptionSpec>& identity_options() {
  static const std::vector<OptionSpec> options = {
      {.name = "user",
       .type = OptionType::user,
       .fallback = "",
       .help = "whom the server serves as, once it has bound its sockets as root",
       .choices = {}},
      {.name = "group",
       .type = OptionType::group,
       .fallback = "",
       .help = "likewise; unset: the user's first group",
       .choices = {}}};
  return options;
}

const std::vector<OptionSpec>& socket_options() {
  static const std::vector<OptionSpec> options = {{.name = "mode",
                                                   .type = OptionType::text,
                                                   .fallback = "0600",
                                                   .help = "permissions of the socket's file, in octal",
                                                   .choices = {}},
                                                  {.name = "owner",
                                                   .type = OptionType::user,
                                                   .fallback = "",
                                                   .help = "who owns the file; unset: whom the server serves as",
                                                   .choices = {}},
                                                  {.name = "group",
                                                   .type = OptionType::group,
                                                   .fallback = "",
                                                   .help = "the file's group; unset: the owner's first",
                                                   .choices = {}}};
  return options;
}

const std::vector<OptionSpec>& event_loop_options() {
  static const std::vector<OptionSpec> options = {
      {.name = "count",
       .type = OptionType::integer,
       .fallback = "0",
       .help = "event loops; 0: one for each processor that the server may use",
       .choices = {},
       .most = 1024},
      {.name = "spin",
       .type = OptionType::duration,
       .fallback = "0s",
       .help = "how long a loop polls after the last event before it sleeps",
       .choices = {},
       .most = kSecond},
      {.name = "pin",
       .type = OptionType::flag,
       .fallback = "false",
       .help = "whether each loop stays on a processor of its own",
       .choices = {}}};
  return options;
}

const std::vector<OptionSpec>& log_options() {
  static const std::vector<OptionSpec> options = {{.name = "format",
                                                   .type = OptionType::choice,
                                                   .fallback = "text",
                                                   .help = "text lines, or one JSON object a line",
                                                   .choices = {"text", "json"}},
                                                  {.name = "file",
                                                   .type = OptionType::path,
                                                   .fallback = "",
                                                   .help = "where the log is appended to; without it, stderr",
                                                   .choices = {}},
                                                  {.name = "level",
                                                   .type = OptionType::choice,
                                                   .fallback = "info",
                                                   .help = "the least that is logged",
                                                   .choices = log_level_names()},
                                                  {.name = "connections",
                                                   .type = OptionType::flag,
                                                   .fallback = "false",
                                                   .help = "log every connection, when it begins and when it ends",
                                                   .choices = {}}};
  return options;
}

const std::vector<OptionSpec>& tls_options() {
  static const std::vector<OptionSpec> options = {
      {.name = "certificate",
       .type = OptionType::path,
       .fallback = "",
       .help = "PEM file: the certificate, then those that lead to its authority",
       .required = true,
       .choices = {}},
      {.name = "key",
       .type = OptionType::path,
       .fallback = "",
       .help = "PEM file of its key, without a passphrase; unset: the certificate's file has it too",
       .choices = {}},
      {.name = "client_ca",
       .type = OptionType::path,
       .fallback = "",
       .help = "PEM file of authorities: a client needs a certificate of theirs",
       .choices = {}},
      {.name = "client_names",
       .type = OptionType::texts,
       .fallback = "",
       .help = "patterns, one of which a name in the client's certificate must match; unset: any name",
       .choices = {}}};
  return options;
}

const OptionSpec& plugin_path_option() {
  static const OptionSpec option = {.name = "plugin_path",
                                    .type = OptionType::texts,
                                    .fallback = "",
                                    .help = "folders to look for plugins in, before netkit's own",
                                    .choices = {}};
  return option;
}

}  // namespace netkit
