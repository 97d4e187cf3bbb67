#include "server/advice/warnings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <set>
#include <utility>

#include "base/nearest.h"
#include "netkit/account.h"
#include "server/advice/path_trust.h"
#include "tls/certificate_time.h"

namespace netkit {
namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::sys_seconds;

constexpr std::chrono::days kSoon{14};

std::string text_of(Seconds time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts)};
}

/// Collects the warnings of one config.
class Advisor {
 public:
  Advisor(const ServerConfig& config, PluginLoader& loader, const Identity& serves_as)
      : config_(config),
        loader_(loader),
        serves_as_(serves_as),
        loaders_{0, ::geteuid()},
        users_{0, ::geteuid(), serves_as.user} {}

  std::vector<Warning> look(const std::string& file) {
    look_at_code({}, "config", file);
    for (const std::string& folder : config_.plugin_path) look_at_code({}, "plugin_path", folder);
    for (const std::string& plugin : loader_.loaded_files()) look_at_code({}, "plugin", plugin);
    if (!config_.log.file.empty()) look_at({}, "log.file", config_.log.file, users_);
    if (config_.admin) look_at(*config_.admin);
    for (const ListenerConfig& listener : config_.listeners) look_at(listener);
    return std::move(warnings_);
  }

 private:
  /// `what` continues the key, or what stands for it.
  void warn(const std::string& listener, const std::string& key, const std::string& what) {
    std::string text = (listener.empty() ? "" : "listener " + in_quotes(listener) + ": ") + what;
    if (told_.insert(text).second) warnings_.push_back({listener, key, std::move(text)});
  }

  void look_at(const std::string& listener, const std::string& key, const std::string& path,
               const std::vector<uid_t>& trusted) {
    if (const std::string why = why_untrusted(path, trusted); !why.empty()) {
      warn(listener, key, key + ": " + why + ": who can change it can change what the server does");
    }
  }

  /// What the server reads or runs while it may still be root: the user that it becomes is a stranger to it.
  void look_at_code(const std::string& listener, const std::string& key, const std::string& path) {
    look_at(listener, key, path, loaders_);
  }

  /// Users who may write to the folder can put a socket of theirs in its place.
  void look_at_socket(const std::string& listener, const std::string& key, const Address& address) {
    if (!address.path.empty()) look_at(listener, key, fs::path(address.path).parent_path().string(), users_);
  }

  void look_at_secret(const std::string& listener, const std::string& key, const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0) {
      warn(listener, key, key + ": everybody on this machine can read " + in_quotes(file, file.size()));
    }
  }

  void look_at(const AdminConfig& admin) {
    if (admin.address) look_at_socket({}, "admin.address", *admin.address);
    if (admin.token_file.empty()) return;
    look_at({}, "admin.token_file", admin.token_file, users_);
    look_at_secret({}, "admin.token_file", admin.token_file);
  }

  void look_at(const ListenerConfig& listener) {
    look_at_socket(listener.name, "address", listener.address);
    if (listener.tls) look_at(listener.name, listener.tls->settings);
    look_at_parts(listener);
    look_at_danger(listener);
  }

  /// The scripts and programs of its handler, filters and framings. Whom they run as may change them.
  void look_at_parts(const ListenerConfig& listener) {
    const auto look_at_files = [&](const char* key, const FilesOf& files, const Options& options) {
      if (!files) return;
      std::vector<uid_t> trusted = users_;
      trusted.push_back(runs_as(options).user);
      for (const std::string& file : files(options)) look_at(listener.name, key, file, trusted);
    };
    look_at_files("handler", loader_.handler(listener.handler.type)->files, listener.handler.options);
    for (const Choice& filter : listener.filters) {
      look_at_files("filters", loader_.filter(filter.type)->files, filter.options);
    }
    for (const TransportConfig& transport : listener.transports) {
      for (const Choice& framing : {transport.framing.in, transport.framing.out}) {
        look_at_files("framing", loader_.framing(framing.type)->files, framing.options);
      }
    }
  }

  /// Whom the programs of a handler run as.
  Identity runs_as(const Options& options) const {
    const auto found = options.all().find("user");
    const auto* user = found == options.all().end() ? nullptr : std::get_if<std::string>(&found->second);
    return user == nullptr ? serves_as_ : find_identity(*user, "", serves_as_).value_or(serves_as_);
  }

  void look_at_danger(const ListenerConfig& listener) {
    const HandlerType& type = *loader_.handler(listener.handler.type);
    const Options& options = listener.handler.options;
    const std::string danger = type.danger ? type.danger(options) : "";
    if (danger.empty()) return;
    if (runs_as(options).user == 0) {
      warn(listener.name, "user", "whoever reaches it " + danger + ", and that as root: set 'user'");
    }
    // Browsers connect to no Unix socket.
    if (listener.address.path.empty() && listener.refuse_http == false) {
      warn(listener.name, "refuse_http",
           "whoever reaches it " + danger +
               ", and so does any web page that is open on such a machine: without "
               "'refuse_http', its browser sends what the page says");
    }
  }

  void look_at(const std::string& listener, const TlsServerSettings& tls) {
    const std::string& key = tls.identity.key;
    look_at_code(listener, "tls.certificate", tls.identity.certificate);
    look_at_code(listener, "tls.key", key);
    if (!tls.client_ca.empty()) look_at_code(listener, "tls.client_ca", tls.client_ca);
    look_at_secret(listener, "tls.key", key);
    look_at_end(listener, tls.identity.certificate);
  }

  void look_at_end(const std::string& listener, const std::string& certificate) {
    const std::optional<Seconds> end = end_of_certificates(certificate);
    if (!end) return;
    const auto left = *end - std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    const std::string key = "tls.certificate";
    const std::string what = key + " " + in_quotes(certificate, certificate.size());
    if (left <= std::chrono::seconds(0)) {
      warn(listener, key, what + " has expired");
    } else if (left < kSoon) {
      warn(listener, key, what + " expires at " + text_of(*end));
    }
  }

  const ServerConfig& config_;
  PluginLoader& loader_;
  const Identity serves_as_;
  const std::vector<uid_t> loaders_;
  const std::vector<uid_t> users_;
  std::set<std::string> told_;
  std::vector<Warning> warnings_;
};

}  // namespace

std::vector<Warning> warnings_for(const std::string& file, const ServerConfig& config, PluginLoader& loader,
                                  const Identity& serves_as) {
  return Advisor(config, loader, serves_as).look(file);
}

}  // namespace netkit
