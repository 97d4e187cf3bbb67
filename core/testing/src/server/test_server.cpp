#include "netkit/testing/test_server.h"

#include <utility>

#include "netkit/testing/failure.h"
#include "server/server_state.h"

namespace netkit::testing {
namespace {

std::string quoted_end(const ConversationState& conversation) {
  if (!conversation.over()) return "no message has come, and none is awaited: every message is answered";
  std::string text =
      std::string("no message has come: the conversation has ended: ") + to_string(conversation.reason());
  if (!conversation.detail().empty()) text += ": " + conversation.detail();
  return text;
}

}  // namespace

TestServer::TestServer(const Enroll& enroll, const std::string& handler, const Settings& options, ServerSetup setup)
    : state_(std::make_unique<ServerState>(enroll, handler, options, std::move(setup))) {}
TestServer::~TestServer() = default;

TestConversation TestServer::connect(Peer peer) { return TestConversation(state_->connect(std::move(peer))); }
TestUpstream TestServer::upstream() { return TestUpstream(state_->next_upstream()); }
void TestServer::advance(std::chrono::nanoseconds by) { state_->advance(by); }
void TestServer::settle() { state_->settle(); }
bool TestServer::wait_until(const std::function<bool()>& condition) { return state_->wait_until(condition); }
Handler& TestServer::handler() { return state_->handler(); }
std::vector<std::string> TestServer::log() const { return state_->log().lines(); }
std::int64_t TestServer::metric(const std::string& name) const { return state_->metrics().value(name); }

void TestConversation::say(std::string_view body, const Attributes& attributes) {
  Buffer wire;
  state_->peer_end().encoder().encode(attributes, body, wire);
  say_bytes(wire.view());
}

void TestConversation::say_bytes(std::string_view bytes) {
  if (state_->over()) return;
  state_->give(bytes);
  state_->server().settle();
}

bool TestConversation::has_message() {
  if (!state_->over()) state_->server().settle();
  return state_->peer_end().next_message() != nullptr;
}

TestMessage TestConversation::receive() {
  const auto decided = [this] { return state_->peer_end().next_message() != nullptr || !state_->unanswered(); };
  if (!state_->over() && !state_->server().wait_until(decided)) {
    throw TestFailure("no message has come in time: one is still unanswered");
  }
  if (state_->peer_end().next_message() == nullptr) throw TestFailure(quoted_end(*state_));
  return state_->peer_end().take_message();
}

std::vector<std::string> TestConversation::receive_all() {
  std::vector<std::string> bodies;
  while (has_message()) bodies.push_back(state_->peer_end().take_message().body);
  return bodies;
}

std::string TestConversation::receive_bytes() {
  if (!state_->over()) state_->server().settle();
  return state_->peer_end().take_bytes();
}

void TestConversation::end() {
  if (state_->over()) return;
  state_->end_peer();
  state_->server().settle();
}

void TestConversation::reset() {
  if (state_->over()) return;
  state_->reset();
  state_->server().settle();
}

void TestConversation::stop_reading() { state_->set_reading(false); }

void TestConversation::go_on_reading() {
  state_->set_reading(true);
  if (!state_->over()) state_->server().settle();
}

void TestConversation::set_tls_identity(std::string certificate, std::string server_name) {
  state_->set_tls_identity(std::move(certificate), std::move(server_name));
}
bool TestConversation::tls_started() const { return state_->peer().encrypted; }
void TestConversation::use_framing(const Framing& framing) { state_->peer_end().use_framing(framing); }
bool TestConversation::open() const { return !state_->over(); }
std::string TestConversation::close_reason() const { return state_->over() ? to_string(state_->reason()) : ""; }
std::string TestConversation::close_detail() const { return state_->detail(); }
bool TestConversation::unanswered() const { return state_->unanswered(); }
bool TestConversation::paused() const { return state_->paused(); }
Conversation TestConversation::handle() const { return state_->conversation(); }

const std::string& TestUpstream::target() const { return state_->target(); }

void TestUpstream::accept() {
  state_->accept();
  state_->server().settle();
}

void TestUpstream::fail(std::string_view reason, std::string_view detail) {
  state_->finish(std::string(reason), std::string(detail));
  state_->server().settle();
}

void TestUpstream::say(std::string_view body, const Attributes& attributes) {
  state_->say({std::string(body), attributes});
  state_->server().settle();
}

void TestUpstream::end() {
  state_->end_far();
  state_->server().settle();
}

void TestUpstream::close() { fail("peer-closed", ""); }

TestMessage TestUpstream::receive() {
  state_->server().settle();
  return state_->take();
}

void TestUpstream::fill() { state_->set_full(true); }

void TestUpstream::drain() {
  state_->set_full(false);
  state_->server().settle();
}

bool TestUpstream::open() const { return state_->open(); }
bool TestUpstream::ended() const { return state_->ended(); }

}  // namespace netkit::testing
