#include "netkit-bench/workload/workload.h"

#include <Poco/Exception.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "framing/builtin.h"
#include "netkit-bench/failure.h"
#include "plugin/codec_maker.h"
#include "plugin/loader.h"

namespace netkit::bench {
namespace {

constexpr std::size_t kCycleBytes = std::size_t{256} << 10;  // fits the processor's cache
constexpr std::size_t kMostGenerated = 64;
constexpr std::size_t kLargestBatch = 1024;

/// Returns lower-case letters. The first two tell the number, so that swapped answers are noticed.
std::string generated_message(std::size_t number, std::size_t size) {
  constexpr std::size_t kLetters = 26;
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>('a' + (number + i) % kLetters);
    if (i < 2) text[i] = static_cast<char>('a' + (i == 0 ? number % kLetters : number / kLetters % kLetters));
  }
  return text;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.empty()) throw UsageError("--message-file: " + path + " has no lines");
  return lines;
}

std::vector<std::string> make_messages(const MessageOptions& options) {
  std::vector<std::string> messages;
  if (options.text) {
    messages = {*options.text};
  } else if (!options.file.empty()) {
    messages = lines_of(options.file);
  } else {
    const std::size_t count = std::clamp(kCycleBytes / (options.size + 1), std::size_t{2}, kMostGenerated);
    for (std::size_t i = 0; i < count; ++i) messages.push_back(generated_message(i, options.size));
  }
  if (!options.http) return messages;
  for (std::string& path : messages) path.insert(0, "GET /").append(" HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return messages;
}

Expect learnt(const MessageOptions& options, const RemoteServer& target) {
  if (options.expect != Expect::learnt) return options.expect;
  if (options.http) return Expect::any;
  if (!target.handler || target.handler->type == "echo") return Expect::echo;
  return target.handler->type == "uppercase" ? Expect::uppercase : Expect::any;
}

std::string expected_answer(Expect expect, const std::string& message, const std::string& text) {
  if (expect == Expect::text) return text;
  std::string answer = message;
  if (expect == Expect::uppercase) {
    for (char& c : answer) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return answer;
}

Framing framing_of(const Choice& choice, PluginLoader& loader) {
  const FramingType& type = *loader.framing(choice.type);
  return make_framing({type, choice.options}, {type, choice.options});
}

/// Messages are framed once, before the run, so what is sent cannot depend on what came.
void require_no_shared_state(const Choice& choice, PluginLoader& loader) {
  if (!loader.framing(choice.type)->codec) return;
  throw UsageError("framing '" + choice.type + "' has state that both directions share: it cannot be measured");
}

WireCycle framed(const std::vector<std::string>& bodies, const Choice& choice, PluginLoader& loader,
                 std::size_t batch) {
  const std::unique_ptr<Encoder> encoder = framing_of(choice, loader).make().encoder;
  try {
    return {{bodies.begin(), bodies.end()}, *encoder, batch};
  } catch (const std::length_error& error) {
    throw UsageError("framing '" + choice.type + "': " + error.what());
  }
}

std::optional<WireCycle> expected_answers(Expect expect, const std::vector<std::string>& messages,
                                          const std::string& text, const Choice& receive, PluginLoader& loader) {
  if (expect == Expect::any) return std::nullopt;
  std::vector<std::string> answers;
  answers.reserve(messages.size());
  for (const std::string& message : messages) answers.push_back(expected_answer(expect, message, text));
  return framed(answers, receive, loader, 0);
}

std::function<std::unique_ptr<AnswerStream>()> unknown_answers(const CommandLine& line, const Choice& receive,
                                                               PluginLoader& loader) {
  if (line.message.http) return [] { return std::make_unique<BodyStream>(http_front()); };
  if (receive.type == "json-header") {
    return [options = receive.options] { return std::make_unique<BodyStream>(json_front(options)); };
  }
  if (receive.type == "raw" && line.load.in_flight > 1) {
    throw UsageError(
        "raw answers have no borders: several in flight can only be told apart if --expect says what they are");
  }
  return [framing = framing_of(receive, loader)] { return std::make_unique<DecodedStream>(framing.make().decoder); };
}

Poco::Net::SocketAddress resolve(const Address& address) {
  try {
    return {address.host, address.port};
  } catch (const Poco::Exception&) {
    throw RunError("cannot find the address of '" + address.host + "'");
  }
}

RemoteServer find(const CommandLine& line, PluginLoader& loader) {
  try {
    std::vector<std::string> words = line.words;
    RemoteServer target = find_server(line.names, words, loader);
    if (!words.empty()) throw UsageError("the config says where the server is; unexpected '" + words.front() + "'");
    if (target.transport == Transport::tls || target.transport == Transport::unix_socket) {
      throw UsageError(std::string("only tcp and udp can be measured, this listener has ") +
                       to_string(target.transport));
    }
    require_no_shared_state(target.send, loader);
    require_no_shared_state(target.receive, loader);
    return target;
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  } catch (const ConfigError& error) {
    throw RunError(error.what());
  }
}

}  // namespace

std::unique_ptr<Workload> make_workload(const CommandLine& line) {
  TypeRegistry registry;
  add_builtin_framings(registry);
  PluginLoader loader(registry, builtin_plugin_folder());
  const RemoteServer target = find(line, loader);
  const std::vector<std::string> messages = make_messages(line.message);
  const Expect expect = learnt(line.message, target);
  const std::size_t batch = std::min(line.load.in_flight, kLargestBatch);
  std::unique_ptr<Workload> workload(
      new Workload{.transport = target.transport,
                   .server = resolve(target.address),
                   .server_name = to_string(target.address),
                   .requests = framed(messages, target.send, loader, batch),
                   .answers = expected_answers(expect, messages, line.message.answer, target.receive, loader),
                   .answer_stream = {}});
  if (workload->answers) {
    workload->answer_stream = [&answers = *workload->answers] { return std::make_unique<ExpectedStream>(answers); };
  } else {
    workload->answer_stream = unknown_answers(line, target.receive, loader);
  }
  return workload;
}

}  // namespace netkit::bench
