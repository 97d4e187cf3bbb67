// A libevent server as its book writes one: a bufferevent for each connection, messages framed in its input buffer,
// answers put into its output buffer. usage: libevent-server MODE, prints its port; ends on SIGTERM.

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "server.h"

namespace {

using reference::Mode;

void answer_lengths(evbuffer* in, evbuffer* out) {
  char field[reference::kField];
  while (evbuffer_copyout(in, field, sizeof field) == static_cast<ssize_t>(sizeof field)) {
    const std::size_t frame = sizeof field + reference::body_size(field);
    if (evbuffer_get_length(in) < frame) return;
    auto* bytes = reinterpret_cast<char*>(evbuffer_pullup(in, static_cast<ssize_t>(frame)));
    reference::answer(Mode::upper_length, bytes, frame);
    evbuffer_remove_buffer(in, out, frame);
  }
}

void answer_lines(evbuffer* in, evbuffer* out) {
  for (;;) {
    std::size_t end_size = 0;
    const evbuffer_ptr end = evbuffer_search_eol(in, nullptr, &end_size, EVBUFFER_EOL_LF);
    if (end.pos < 0) return;
    const std::size_t size = static_cast<std::size_t>(end.pos) + end_size;
    auto* bytes = reinterpret_cast<char*>(evbuffer_pullup(in, static_cast<ssize_t>(size)));
    reference::uppercase(bytes, size);
    evbuffer_remove_buffer(in, out, size);
  }
}

void on_read(bufferevent* connection, void* mode) {
  evbuffer* in = bufferevent_get_input(connection);
  evbuffer* out = bufferevent_get_output(connection);
  switch (*static_cast<const Mode*>(mode)) {
    case Mode::upper_length:
      return answer_lengths(in, out);
    case Mode::upper_line:
      return answer_lines(in, out);
    case Mode::echo:
      evbuffer_add_buffer(out, in);
  }
}

void on_event(bufferevent* connection, short what, void*) {
  if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0) bufferevent_free(connection);
}

void on_accept(evconnlistener* listener, evutil_socket_t socket, sockaddr*, int, void* mode) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bufferevent* connection = bufferevent_socket_new(evconnlistener_get_base(listener), socket, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(connection, on_read, nullptr, on_event, mode);
  bufferevent_enable(connection, EV_READ | EV_WRITE);
}

}  // namespace

int main(int argc, char** argv) {
  Mode mode = reference::parse_mode(argc, argv);
  event_base* base = event_base_new();
  const int listener = reference::bind_loopback(SOCK_STREAM | SOCK_NONBLOCK);
  if (evconnlistener_new(base, on_accept, &mode, 0, 0, listener) == nullptr) return 1;
  reference::announce(listener);
  return event_base_dispatch(base);
}
