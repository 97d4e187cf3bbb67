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
#include "hash_counts.h"
#include "hash_queue.h"
#include "netkit/plugin.h"
#include "request.h"
#include "root.h"
#include "send_record.h"

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
  std::shared_ptr<const HashAlgorithm> algorithm;  ///< Null: answers have no hash.
  std::shared_ptr<HashCache> cache;
  std::shared_ptr<HashQueue> hashes;
  netkit::HandlerContext context;
  HashCounts counts;
};

/// A file that was asked for and is open.
struct Found {
  Request request;
  std::shared_ptr<const RegularFile> file;
  std::string content;  ///< All of it, if the file is small.
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
    ready_ = std::make_unique<Found>(found(std::move(*request), std::move(*file), std::move(*content)));
    return false;
  }

  /// No hash of a file is computed for ever.
  netkit::CallBounds call_bounds() const override { return {.untimed = true}; }

  void on_message(const netkit::Message& message, netkit::Responder& responder) override {
    if (const std::unique_ptr<Found> ready = std::move(ready_)) return serve(std::move(*ready), responder);
    std::variant<Request, BadRequest> parsed = parse_request(message.body);
    if (const auto* bad = std::get_if<BadRequest>(&parsed)) return refuse(responder, {}, "bad request", bad->reason);
    Request& request = std::get<Request>(parsed);
    if (request.filename.size() > kLongestName) return refuse(responder, {}, kNotAvailable, kNoSuchFile);
    try {
      answer(request, responder);
    } catch (const std::system_error& error) {
      not_available(request, responder, {.reason = error.what(), .operational = true});
    }
  }

 private:
  /// Waits for the hash of a file that is to be sent.
  class Waiting final : public HashWaiter {
   public:
    /// `handler`: of the conversation that `reply` is for, with which it ends.
    Waiting(const FileSend& handler, Found found, netkit::Reply reply)
        : handler_(handler),
          found_(std::make_shared<const Found>(std::move(found))),
          reply_(std::move(reply)),
          counts_(handler.service_->counts) {
      counts_.waiting.add(1);
    }
    ~Waiting() override { counts_.waiting.add(-1); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

    bool wanted() const override { return reply_.wanted(); }
    void take(const std::string& hash) override {
      reply_.finish_by([&handler = handler_, found = found_, hash](netkit::Responder& responder) {
        handler.send(*found, hash, responder);
      });
    }
    void fail(const std::string& reason) override {
      counts_.failed.add();
      reply_.finish_by([&handler = handler_, found = found_, reason](netkit::Responder& responder) {
        handler.not_available(found->request, responder, {.reason = reason, .operational = true});
      });
    }

   private:
    const FileSend& handler_;
    const std::shared_ptr<const Found> found_;
    netkit::Reply reply_;
    const HashCounts counts_;
  };

  static Found found(Request request, RegularFile file, std::string content) {
    return {std::move(request), std::make_shared<const RegularFile>(std::move(file)), std::move(content)};
  }

  void answer(Request& request, netkit::Responder& responder) {
    OpenFailure failure;
    std::optional<RegularFile> file = service_->root.open(request.filename, failure);
    if (!file) return not_available(request, responder, failure);
    std::string content(file->size() <= kSmallFile ? file->size() : 0, '\0');
    if (file->read(content, 0) < content.size()) return refuse_changed(request, responder);
    serve(found(request, std::move(*file), std::move(content)), responder);
  }

  void serve(Found found, netkit::Responder& responder) {
    const Request& request = found.request;
    if (request.offset > found.file->size()) {
      return refuse(responder, request.filename, "bad offset",
                    "offset " + std::to_string(request.offset) + " is beyond the end, the file has " +
                        std::to_string(found.file->size()) + " bytes");
    }
    if (request.hash && !service_->algorithm) {
      return refuse(responder, request.filename, "bad request", "'hash' cannot be compared, this server has no hashes");
    }
    std::optional<std::string> hash;
    if (service_->algorithm) {
      hash = hash_at_hand(found);
      if (!hash) return wait_for_hash(std::move(found), responder);
    }
    send(found, hash, responder);
  }

  /// Of a small file it is computed here.
  std::optional<std::string> hash_at_hand(const Found& found) const {
    const HashAlgorithm& algorithm = *service_->algorithm;
    const HashCache::Key key{algorithm.name(), found.file->stamp()};
    std::optional<std::string> hash = service_->cache->find(key);
    if (hash) service_->counts.known.add();
    if (hash || found.file->size() > kSmallFile) return hash;
    log(netkit::LogLevel::debug, "file-hashing", found.request.filename,
        "hashing " + std::to_string(found.content.size()) + " bytes");
    count_hash(found.content.size());
    hash = algorithm.hash(found.content);
    if (service_->cache->settled(key.stamp)) service_->cache->keep(key, *hash);
    return hash;
  }

  void count_hash(std::uint64_t bytes) const {
    service_->counts.begun.add();
    service_->counts.bytes.add(bytes);
  }

  void wait_for_hash(Found found, netkit::Responder& responder) {
    const std::shared_ptr<const RegularFile> file = found.file;
    const std::string name = found.request.filename;
    const auto waiting = std::make_shared<Waiting>(*this, std::move(found), responder.defer());
    try {
      const bool begun = service_->hashes->add(service_->algorithm, file, waiting);
      if (begun) count_hash(file->size());
      if (begun)
        log(netkit::LogLevel::debug, "file-hashing", name, "hashing " + std::to_string(file->size()) + " bytes");
    } catch (const std::system_error& error) {
      waiting->fail(error.what());
    }
  }

  void send(const Found& found, const std::optional<std::string>& hash, netkit::Responder& responder) const {
    const Request& request = found.request;
    if (!found.file->unchanged() || (request.hash && request.hash != hash)) return refuse_changed(request, responder);
    const netkit::Attributes attributes = attributes_of(request, hash);
    SendRecord record = record_of(request, responder);
    try {
      if (found.file->size() <= kSmallFile) {
        const std::string_view body = std::string_view(found.content).substr(request.offset);
        responder.send(body, attributes);
        record.write(request.offset, body.size(), body.size());
      } else {
        responder.stream(std::make_unique<FileBody>(found.file, request.offset, std::move(record)), attributes);
      }
    } catch (const std::length_error&) {
      refuse(responder, request.filename, "too large", "the framing cannot carry a file of this size");
    }
  }

  SendRecord record_of(const Request& request, netkit::Responder& responder) const {
    if (!service_->context.log.writes(netkit::LogLevel::info)) return {};
    return {responder.conversation(), request.filename};
  }

  netkit::Attributes attributes_of(const Request& request, const std::optional<std::string>& hash) const {
    netkit::Attributes attributes;
    attributes.add("filename", request.filename);
    if (hash) attributes.add("hash", *hash);
    if (request.offset > 0) attributes.add("offset", static_cast<std::int64_t>(request.offset));
    const auto& algorithm = service_->algorithm;
    if (algorithm && algorithm->name() != kDefaultHash) attributes.add("hash_algorithm", algorithm->name());
    return attributes;
  }

  /// Sends one text for files that are missing, forbidden, outside of the root or not regular, so that a peer cannot
  /// explore the server's disk. Logs the reason.
  void not_available(const Request& request, netkit::Responder& responder, const OpenFailure& failure) const {
    log(failure.operational ? netkit::LogLevel::warning : netkit::LogLevel::debug, "file-not-available",
        request.filename, failure.reason);
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

  void log(netkit::LogLevel level, std::string_view event, const std::string& filename,
           const std::string& detail) const {
    const std::string text = "file '" + filename + "': " + detail;
    service_->context.log.event(level, event, {{"file", filename}, {"detail", detail}, {"text", text}});
  }

  const std::shared_ptr<const Service> service_;
  mutable std::unique_ptr<Found> ready_;  // set by a may_block() that returned false, for the call that follows
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
  const auto hashes = std::make_shared<HashQueue>(cache);
  registry.add(netkit::HandlerType{
      .name = "file-send",
      .help = "answers a file's name with the file, its hash and its size",
      .options = options(),
      .needs_stream = true,
      .make = [cache, hashes](const netkit::Options& chosen, const netkit::HandlerContext& context) {
        std::shared_ptr<const HashAlgorithm> algorithm;
        if (chosen.text("hash") != kNoHash) algorithm = std::make_shared<const HashAlgorithm>(chosen.text("hash"));
        return std::make_unique<FileSend>(std::make_shared<const Service>(
            Service{Root(chosen.text("root"), chosen.flag("cross_mounts")), std::move(algorithm), cache, hashes,
                    context, context.metrics ? HashCounts(*context.metrics) : HashCounts()}));
      }});
}

}  // namespace
}  // namespace file_send

NETKIT_PLUGIN("file-send", "1.0", file_send::enroll)
