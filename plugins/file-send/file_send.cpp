#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "file_body.h"
#include "hash_algorithm.h"
#include "hash_cache.h"
#include "netkit/plugin.h"
#include "request.h"
#include "root.h"

namespace file_send {
namespace {

/// Files up to this size are read and sent at once; larger ones are streamed.
constexpr std::uint64_t kSmallFile = std::uint64_t{64} << 10;
/// each takes some 300 bytes
constexpr std::size_t kCachedHashes = 16384;
constexpr const char* kDefaultHash = "sha256";
constexpr const char* kNoHash = "none";
constexpr const char* kNotAvailable = "not available";
constexpr const char* kNoSuchFile = "there is no such file to be had";

/// What all conversations of a listener share.
struct Service {
  Root root;
  std::optional<HashAlgorithm> algorithm;  ///< Nothing: answers have no hash.
  std::shared_ptr<HashCache> cache;
  netkit::HandlerContext context;
};

/// Answers a message that names a file with the file.
class FileSend final : public netkit::Handler {
 public:
  explicit FileSend(std::shared_ptr<const Service> service) : service_(std::move(service)) {}

  std::unique_ptr<Handler> for_conversation() override { return std::make_unique<FileSend>(service_); }

  /// False for a small file that is in the page cache and whose hash is known: reading it takes less time than a worker
  /// call. Keeps the opened file for the call that follows.
  bool may_block(const netkit::Message& message) const override {
    ready_.reset();
    std::variant<Request, BadRequest> parsed = parse_request(message.body);
    auto* request = std::get_if<Request>(&parsed);
    if (request == nullptr || request->filename.size() > kLongestName) return false;
    std::optional<RegularFile> file = service_->root.open_cached(request->filename);
    if (!file || file->size() > kSmallFile) return true;
    if (service_->algorithm && !service_->cache->keeps({service_->algorithm->name(), file->stamp()})) return true;
    std::optional<std::string> content = file->read_in_memory();
    if (!content) return true;
    ready_ = std::make_unique<Ready>(Ready{std::move(*request), std::move(*file), std::move(*content)});
    return false;
  }

  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    if (const std::unique_ptr<Ready> ready = std::move(ready_)) {
      return serve(ready->request, std::move(ready->file), ready->content, responder);
    }
    const std::variant<Request, BadRequest> parsed = parse_request(message.body);
    if (const auto* bad = std::get_if<BadRequest>(&parsed)) return refuse(responder, {}, "bad request", bad->reason);
    const Request& request = std::get<Request>(parsed);
    if (request.filename.size() > kLongestName) return refuse(responder, {}, kNotAvailable, kNoSuchFile);
    try {
      answer(request, responder);
    } catch (const std::system_error& error) {
      not_available(request, responder, {.reason = error.what(), .operational = true});
    }
  }

 private:
  /// An opened file and its content.
  struct Ready {
    Request request;
    RegularFile file;
    std::string content;
  };

  void answer(const Request& request, netkit::Responder& responder) {
    OpenFailure failure;
    std::optional<RegularFile> file = service_->root.open(request.filename, failure);
    if (!file) return not_available(request, responder, failure);
    // A large file may have replaced the small one since may_block(): hashing it would block the event loop.
    const bool small = file->size() <= kSmallFile;
    const bool on_worker = responder.stop_token().stop_possible();
    if (!small && !on_worker) return refuse_changed(request, responder);
    std::string content(small ? file->size() : 0, '\0');
    if (file->read(content, 0) < content.size()) return refuse_changed(request, responder);
    serve(request, std::move(*file), content, responder);
  }

  /// `content` is the whole content of a small file.
  void serve(const Request& request, RegularFile file, const std::string& content, netkit::Responder& responder) {
    if (request.offset > file.size()) {
      return refuse(responder, request.filename, "bad offset",
                    "offset " + std::to_string(request.offset) + " is beyond the end, the file has " +
                        std::to_string(file.size()) + " bytes");
    }
    if (request.hash && !service_->algorithm) {
      return refuse(responder, request.filename, "bad request", "'hash' cannot be compared, this server has no hashes");
    }
    try {
      send(request, std::move(file), content, responder);
    } catch (const std::length_error&) {
      refuse(responder, request.filename, "too large", "the framing cannot carry a file of this size");
    }
  }

  void send(const Request& request, RegularFile file, const std::string& content, netkit::Responder& responder) {
    const std::optional<HashAlgorithm>& algorithm = service_->algorithm;
    std::optional<std::string> hash;
    if (algorithm) hash = hash_of(request, file, content, responder.stop_token());

    if (!file.unchanged() || (request.hash && hash && request.hash != hash)) return refuse_changed(request, responder);
    if (algorithm && !hash) return;  // Stopped: nobody waits for the answer.
    const netkit::Attributes attributes = attributes_of(request, hash);
    if (file.size() <= kSmallFile) {
      responder.send(std::string_view(content).substr(request.offset), attributes);
    } else {
      responder.stream(std::make_unique<FileBody>(std::move(file), request.offset), attributes);
    }
  }

  netkit::Attributes attributes_of(const Request& request, const std::optional<std::string>& hash) const {
    netkit::Attributes attributes;
    attributes.add("filename", request.filename);
    if (hash) attributes.add("hash", *hash);
    if (request.offset > 0) attributes.add("offset", static_cast<std::int64_t>(request.offset));
    const std::optional<HashAlgorithm>& algorithm = service_->algorithm;
    if (algorithm && algorithm->name() != kDefaultHash) attributes.add("hash_algorithm", algorithm->name());
    return attributes;
  }

  /// Nothing if the hashing was stopped. `content` is the whole file if it is small.
  std::optional<std::string> hash_of(const Request& request, const RegularFile& file, const std::string& content,
                                     const std::stop_token& stop) const {
    const HashAlgorithm& algorithm = *service_->algorithm;
    return service_->cache->get({algorithm.name(), file.stamp()}, stop, [&] {
      log(netkit::LogLevel::debug, request.filename, "hashing " + std::to_string(file.size()) + " bytes");
      const bool small = content.size() == file.size();
      return small ? algorithm.hash(content) : algorithm.hash(file, stop);
    });
  }

  /// Sends one text for files that are missing, forbidden, outside of the root or not regular, so that a peer cannot
  /// explore the server's disk. Logs the reason.
  void not_available(const Request& request, netkit::Responder& responder, const OpenFailure& failure) {
    log(failure.operational ? netkit::LogLevel::warning : netkit::LogLevel::debug, request.filename, failure.reason);
    refuse(responder, request.filename, kNotAvailable, kNoSuchFile);
  }

  static void refuse_changed(const Request& request, netkit::Responder& responder) {
    refuse(responder, request.filename, "changed", "the file is not what it was; get it from the start");
  }

  /// A header that has no room for the name goes without it.
  static void refuse(netkit::Responder& responder, const std::optional<std::string>& filename, const std::string& error,
                     const std::string& explanation) {
    netkit::Attributes attributes;
    if (filename) attributes.add("filename", *filename);
    attributes.add("error", error);
    try {
      responder.send(error + ": " + explanation, attributes);
    } catch (const std::length_error&) {
      if (!filename) throw;
      refuse(responder, {}, error, explanation);
    }
  }

  void log(netkit::LogLevel level, const std::string& filename, const std::string& text) const {
    service_->context.log.write(level, "file '" + filename + "': " + text);
  }

  const std::shared_ptr<const Service> service_;
  mutable std::unique_ptr<Ready> ready_;  // set by a may_block() that returned false, for the call that follows
};

std::vector<netkit::OptionSpec> options() {
  std::vector<std::string> hashes = HashAlgorithm::names();
  hashes.emplace_back(kNoHash);
  return {{.name = "root",
           .type = netkit::OptionType::path,
           .help = "the folder whose files are sent, nothing outside it",
           .required = true},
          {.name = "hash",
           .type = netkit::OptionType::choice,
           .fallback = kDefaultHash,
           .help = "the hash in the header; none also saves reading each file once for it",
           .choices = std::move(hashes)},
          {.name = "cross_mounts",
           .type = netkit::OptionType::flag,
           .fallback = "false",
           .help = "also send files of other file systems that are mounted inside root"}};
}

void enroll(netkit::Registry& registry) {
  const auto cache = std::make_shared<HashCache>(kCachedHashes);
  registry.add(netkit::HandlerType{
      .name = "file-send",
      .help = "answers a file's name with the file, its hash and its size",
      .options = options(),
      .needs_stream = true,
      .make = [cache](const netkit::Options& chosen, const netkit::HandlerContext& context) {
        std::optional<HashAlgorithm> algorithm;
        if (chosen.text("hash") != kNoHash) algorithm.emplace(chosen.text("hash"));
        return std::make_unique<FileSend>(std::make_shared<const Service>(
            Service{Root(chosen.text("root"), chosen.flag("cross_mounts")), std::move(algorithm), cache, context}));
      }});
}

}  // namespace
}  // namespace file_send

NETKIT_PLUGIN("file-send", "1.0", file_send::enroll)
